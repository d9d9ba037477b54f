import type { JsonObject } from "../../../core/input/json-object.ts";
import { DEFAULT_TOKEN_GROUP } from "../../../core/token/bootstrap-token.ts";
import { tokenIdFrom } from "../../arguments/resource-names.ts";
import type { SubjectOption } from "../../arguments/subject-option.ts";
import { UsageError } from "../../program/operator-error.ts";
import { readText } from "./text-file.ts";

/** Who would ask, and for what. */
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

/** The body of a simulation: only what was said, but for the group that tokens have when nothing is said. */
export function simulatedRequest(flags: SimulationFlags): JsonObject {
  const { group, username, token, node, csr, subject, dns, ip, keyType, signer, usages, expirationSeconds, sourceIp } =
    flags;
  if ([node, csr, subject].filter((flag) => flag !== undefined).length !== 1)
    throw new UsageError("say what is asked for: one of --node NAME, --csr FILE and --subject SUBJECT");
  if (token !== undefined && (group !== undefined || username !== undefined))
    throw new UsageError("--token stands for its groups and its user: leave --group and --username out");
  const identity =
    token === undefined ? said({ groups: group ?? [DEFAULT_TOKEN_GROUP], username }) : { tokenId: tokenIdFrom(token) };
  return said({
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

function said(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
