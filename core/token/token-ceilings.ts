import { RefusalError } from "../refusal.ts";
import { isPrincipal } from "./principal.ts";

/** What policy lets administrators make. A ceiling that is absent does not hold. */
export interface TokenCeilings {
  /** From its making, or its amendment, to its end. Such a token has an end. */
  readonly maxTtlSeconds?: number | undefined;
  /** Such a token's uses are counted. */
  readonly maxUses?: number | undefined;
  /** Whether it must say whom it is for. A lone `*` says nobody. */
  readonly mustNameNodes?: boolean | undefined;
  /** Who may let a token, or a request, take a live name: ARNs of IAM users and roles, with `*` at the end at most. */
  readonly replaceBy?: readonly string[] | undefined;
}

interface AskedToken {
  readonly expiration: Date | undefined;
  readonly maxUses: number | undefined;
  readonly nodeNames: readonly string[];
  readonly allowReplace: boolean;
}

/** @throws RefusalError `malformed_request`, or `denied_by_policy` where it is about who asks */
export function assertWithinCeilings(
  ceilings: TokenCeilings,
  { expiration, maxUses, nodeNames, allowReplace }: AskedToken,
  createdBy: string,
  now: Date,
): void {
  const fault =
    faultOfExpiration(ceilings, expiration, now) ?? faultOfUses(ceilings, maxUses) ?? faultOfNames(ceilings, nodeNames);
  if (fault !== undefined) throw new RefusalError("malformed_request", fault.message, { field: fault.field });
  if (allowReplace) assertMayReplace(ceilings, createdBy, "allowReplace");
}

interface Fault {
  readonly field: string;
  readonly message: string;
}

/** Also of a token that is amended. @returns undefined when policy allows it */
export function faultOfExpiration(
  { maxTtlSeconds }: TokenCeilings,
  expiration: Date | undefined,
  now: Date,
): Fault | undefined {
  if (maxTtlSeconds === undefined) return undefined;
  const [field, limit] = ["expiration", `policy lets a token live ${maxTtlSeconds} s at most (tokens.maxTtlSeconds)`];
  if (expiration === undefined) return { field, message: `${limit}, and this one would never end` };
  const ttlSeconds = Math.ceil((expiration.getTime() - now.getTime()) / 1000);
  return ttlSeconds <= maxTtlSeconds ? undefined : { field, message: `${limit}, got ${ttlSeconds}` };
}

function faultOfUses({ maxUses: most }: TokenCeilings, maxUses: number | undefined): Fault | undefined {
  if (most === undefined || (maxUses !== undefined && maxUses <= most)) return undefined;
  const got = maxUses === undefined ? "any number" : String(maxUses);
  return {
    field: "maxUses",
    message: `policy lets a token be used ${most} times at most (tokens.maxUses), got ${got}`,
  };
}

function faultOfNames({ mustNameNodes }: TokenCeilings, nodeNames: readonly string[]): Fault | undefined {
  const isNamed = nodeNames.length > 0 && nodeNames.every((name) => !/^\*+$/.test(name));
  if (mustNameNodes !== true || isNamed) return undefined;
  const message =
    "policy demands that a token name the nodes it is for (tokens.mustNameNodes): names, or patterns such as rack7-*";
  return { field: "nodeNames", message };
}

/** @throws RefusalError `denied_by_policy` */
export function assertMayReplace({ replaceBy }: TokenCeilings, administrator: string, field: string): void {
  if (replaceBy === undefined || replaceBy.some((pattern) => isPrincipal(administrator, pattern))) return;
  const who = replaceBy.length === 0 ? "nobody" : replaceBy.join(", ");
  throw new RefusalError(
    "denied_by_policy",
    `policy lets ${who} have a live name replaced (tokens.replaceBy), and not ${administrator}; release the name first: nodeseal node release`,
    { field },
  );
}
