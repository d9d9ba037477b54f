/**
 * An administrator's bearer token, as EKS has it (K11.5): `k8s-aws-v1.` and the base64url of a presigned URL of STS
 * GetCallerIdentity. Whoever asks STS with it is told who signed it. Here it is taken apart and judged by its form alone:
 * what goes on from here to the network is an address of STS and nothing a caller could choose.
 */
export interface StsToken {
  /** Host of STS, from the list below. */
  readonly host: string;
  /** Path and query, as they were signed. */
  readonly target: string;
  readonly expiresAt: Date;
}

const PREFIX = "k8s-aws-v1.";
const STS_HOST = /^sts(?:-fips)?(?:\.[a-z]{2}(?:-[a-z]+){1,2}-\d)?\.amazonaws\.com(?:\.cn)?$/;
/** The header that says whom the token is meant for; it has to be signed. */
export const AUDIENCE_HEADER = "x-k8s-aws-id";

const PARAMETERS: ReadonlySet<string> = new Set([
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Content-Sha256",
  "X-Amz-User-Agent",
  "x-amz-user-agent",
  "x-id",
]);

/** A token of AWS' own tools is good for so long, whatever its `X-Amz-Expires`. */
const LIFETIME_MS = 15 * 60 * 1000;
const MAX_SKEW_MS = 5 * 60 * 1000;

export function isStsToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Undefined for everything that is not exactly such a token, or not of this quarter of an hour. */
export function parseStsToken(token: string, now: Date): StsToken | undefined {
  const encoded = token.slice(PREFIX.length);
  if (!isStsToken(token) || !/^[A-Za-z0-9_-]+$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, "base64url").toString("utf8");
  const url = URL.parse(text);
  if (url === null || !isStsAddress(url, text)) return undefined;
  const { searchParams } = url;
  const names = [...searchParams.keys()];
  if (names.some((name) => !PARAMETERS.has(name)) || new Set(names).size !== names.length) return undefined;
  if (searchParams.get("Action") !== "GetCallerIdentity" || searchParams.get("Version") !== "2011-06-15")
    return undefined;
  const signedHeaders = (searchParams.get("X-Amz-SignedHeaders") ?? "").split(";");
  if (signedHeaders.length !== 2 || !["host", AUDIENCE_HEADER].every((name) => signedHeaders.includes(name)))
    return undefined;
  const signedAt = timeOf(searchParams.get("X-Amz-Date") ?? "");
  const age = now.getTime() - signedAt;
  if (!(age < LIFETIME_MS && age > -MAX_SKEW_MS)) return undefined;
  return { host: url.host, target: url.pathname + url.search, expiresAt: new Date(signedAt + LIFETIME_MS) };
}

/** The text begins as the address reads: no user, no port, no other path, nothing that two parsers may read differently. */
function isStsAddress({ protocol, host, pathname, hash }: URL, text: string): boolean {
  return (
    protocol === "https:" &&
    STS_HOST.test(host) &&
    pathname === "/" &&
    hash === "" &&
    text.startsWith(`https://${host}/?`) &&
    /^[\x21-\x7e]+$/.test(text)
  );
}

/** `20261123T120000Z`; NaN for anything else. */
function timeOf(timestamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  return year === undefined
    ? NaN
    : Date.parse(`${year}-${month ?? ""}-${day ?? ""}T${hour ?? ""}:${minute ?? ""}:${second ?? ""}Z`);
}
