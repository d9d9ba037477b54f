import { parseJsonObject, type JsonObject } from "../../../core/input/json-object.ts";
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
  readonly evidence?: string;
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
  const { csr, node, subject, dns, ip, keyType, signer, usages, expirationSeconds, sourceIp } = flags;
  const asked = [node, csr, subject].filter((flag) => flag !== undefined).length;
  if (asked !== 1 && !(asked === 0 && flags.evidence !== undefined))
    throw new UsageError("give what the request asks for: one of --node NAME, --csr FILE and --subject SUBJECT");
  const identity = identityOf(flags);
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

function identityOf({ group, username, token, evidence }: SimulationFlags): JsonObject {
  const others = [group, username].some((flag) => flag !== undefined);
  if (token !== undefined && (others || evidence !== undefined))
    throw new UsageError("--token stands for its groups and its user: leave --group, --username and --evidence out");
  if (evidence !== undefined && others)
    throw new UsageError("--evidence says who asks, by the policy's rules: leave --group and --username out");
  if (token !== undefined) return { tokenId: tokenIdFrom(token) };
  if (evidence !== undefined) return { claims: claimsIn(readText(evidence)) };
  return definedMembers({ groups: group ?? [DEFAULT_TOKEN_GROUP], username });
}

/** Of an identity token only what it says leaves this machine: nobody can join with that. */
function claimsIn(text: string): JsonObject {
  const [, payload] = text.trim().split(".");
  const json = text.trim().startsWith("{") ? text : Buffer.from(payload ?? "", "base64url").toString("utf8");
  const claims = parseJsonObject(json);
  if (claims !== undefined) return claims;
  throw new UsageError("--evidence: the file holds neither an identity token (a JWT) nor its claims in JSON");
}

function definedMembers(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
