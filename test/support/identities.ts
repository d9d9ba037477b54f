import { DEFAULT_TOKEN_GROUP, BOOTSTRAPPERS_GROUP } from "../../core/token/bootstrap-token.ts";
import { AUTHENTICATED_GROUP, type Identity, type TokenConstraints } from "../../core/token/identity.ts";
import type { SerialNumber } from "../../core/certificate/serial-number.ts";

const NO_CONSTRAINTS: TokenConstraints = {
  tokenId: "abcdef",
  nodeNames: [],
  sourceCidrs: [],
  maxUses: undefined,
  allowReplace: false,
};

/** What `kubeadm token create` gives: the default group and no limits. */
export function bootstrapIdentity(
  constraints: Partial<TokenConstraints> = {},
  groups: readonly string[] = [DEFAULT_TOKEN_GROUP],
): Identity {
  return {
    username: "system:bootstrap:abcdef",
    groups: [BOOTSTRAPPERS_GROUP, ...groups, AUTHENTICATED_GROUP],
    token: { ...NO_CONSTRAINTS, ...constraints },
  };
}

/** A node with a client certificate. */
export function nodeIdentity(nodeName: string): Identity {
  return {
    username: `system:node:${nodeName}`,
    groups: ["system:nodes", AUTHENTICATED_GROUP],
    certificate: { serialNumber: "11".repeat(16) as SerialNumber, nodeName },
  };
}
