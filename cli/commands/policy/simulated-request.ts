import type { JsonObject } from "../../../core/input/json-object.ts";
import { DEFAULT_TOKEN_GROUP } from "../../../core/token/bootstrap-token.ts";
import { tokenIdFrom } from "../../arguments/resource-names.ts";
import type { SubjectOption } from "../../arguments/subject-option.ts";
import { UsageError } from "../../program/operator-error.ts";
import { readText } from "./text-file.ts";

/** Who asks, and for what. */
export interface SimulationFlags {
  readonly group?: readonly string[];
  readonly username?: string;
  readonly token?: string;
  readonly node?: string;
  readonly csr?: string;
  readonly subject?: SubjectOption;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly keyType?: string;
  readonly signer?: string;
  readonly usages?: readonly string[];
  readonly expirationSeconds?: number;
  readonly sourceIp?: string;
}

/** The body of a simulation: only what was given, and the default group of tokens when no group was. */
export function simulatedRequest(flags: SimulationFlags): JsonObject {
  const { group, username, token, node, csr, subject, dns, ip, keyType, signer, usages, expirationSeconds, sourceIp } =
    flags;
  if ([node, csr, subject].filter((flag) => flag !== undefined).length !== 1)
    throw new UsageError("give what the request asks for: one of --node NAME, --csr FILE and --subject SUBJECT");
  if (token !== undefined && (group !== undefined || username !== undefined))
    throw new UsageError("--token stands for its groups and its user: leave --group and --username out");
  const identity =
    token === undefined
      ? definedMembers({ groups: group ?? [DEFAULT_TOKEN_GROUP], username })
      : { tokenId: tokenIdFrom(token) };
  return definedMembers({
    identity,
    csr: csr === undefined ? undefined : readText(csr),
    nodeName: node,
    subject,
    dnsNames: dns,
    ipAddresses: ip,
    keyType,
    signerName: signer,
    usages,
    expirationSeconds,
    sourceIp,
  });
}

function definedMembers(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
