import type { AuditEvent } from "../audit/audit-event.ts";
import { requestedName } from "../policy/decision.ts";
import type { IssuanceRequest } from "./issuance-request.ts";
import { noteUse } from "../claim/note-use.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { profileOf } from "../certificate/profile.ts";
import { nodeKey } from "../ledger/node-record.ts";
import { RefusalError, type RefusalCode } from "../refusal.ts";

/**
 * Refusals that say no to somebody we know, and will say no again. What an administrator denied is not among them: it was
 * reported when it was decided, and clients ask many times.
 */
const DENIALS: ReadonlySet<RefusalCode> = new Set([
  "denied_by_policy",
  "outside_token",
  "node_name_taken",
  "token_spent",
  "certificate_revoked",
  // A node is back and waits for an operator's override.
  "certificate_expired",
]);

/** Like a bootstrap token: names and tokens share an alphabet, and people mix up fields. */
const TOKEN_SHAPE = /[a-z0-9]{6}\.[a-z0-9]{16}/;

/**
 * Runs an authenticated request and tells the audit log when it is denied: whom, what they asked for, and the rule and
 * field that failed. The error goes on to the caller unchanged.
 */
export async function reportingDenials<T>(
  services: Pick<IssuanceServices, "audit" | "nodes" | "clock">,
  request: Pick<IssuanceRequest, "identity" | "csr" | "parameters">,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RefusalError && DENIALS.has(error.code)) {
      const { code, rule, field } = error;
      const who = whoAsked(request);
      if (code === "certificate_revoked" && !(await isFirstOfRevoked(services, who))) throw error;
      services.audit({
        event: "request_denied",
        refusalCode: code,
        ...who,
        ...(rule === undefined ? {} : { rule }),
        ...(field === undefined ? {} : { field }),
      });
    }
    throw error;
  }
}

/** Whoever was thrown out may ask as often as the front door lets them: it is told once a minute for one name. */
async function isFirstOfRevoked(
  { nodes, clock }: Pick<IssuanceServices, "nodes" | "clock">,
  { nodeName, signerName }: ReturnType<typeof whoAsked>,
): Promise<boolean> {
  if (nodeName === undefined || signerName === undefined) return true;
  const at = clock();
  const node = await nodes.read(nodeKey(nodeName, signerName));
  return noteUse(
    nodes,
    node,
    ({ revokedUse }) => revokedUse,
    (current, count) => ({ ...current, revokedUse: { at, count } }),
    at,
  );
}

/** The requester chose signer name and node name: they are repeated only where they can be what they should be. */
function whoAsked({
  identity,
  csr,
  parameters,
}: Pick<IssuanceRequest, "identity" | "csr" | "parameters">): Omit<AuditEvent, "event"> {
  const profile = profileOf(parameters.signerName);
  const nodeName = identity.attested?.name ?? (profile && requestedName(csr, profile).name);
  const isName = nodeName !== undefined && nodeName.length <= 253 && !TOKEN_SHAPE.test(nodeName);
  return {
    username: identity.username,
    ...(profile === undefined ? {} : { signerName: profile.signerName }),
    ...(isName ? { nodeName } : {}),
    ...(identity.token === undefined ? {} : { tokenId: identity.token.tokenId }),
    ...(identity.certificate === undefined ? {} : { serialNumber: identity.certificate.serialNumber }),
  };
}
