import { createHash, timingSafeEqual } from "node:crypto";
import type { SignedRequest } from "../signed-request.ts";

export interface SharedSecretOptions {
  readonly request: SignedRequest;
  /** `https://secretsmanager.<region>.amazonaws.com`, or a substitute in tests and local runs. */
  readonly endpoint: string;
  readonly secretArn: string;
  readonly clock: () => Date;
}

/** Whether a text is the stored secret. */
export type SharedSecret = (presented: string) => Promise<boolean>;

/** How long a value that was read is trusted. A withdrawn version works no longer than this. */
const CACHED_MS = 15 * 60_000;
/**
 * A wrong text may be the new secret after a rotation, so the secret is read again. Guessing cannot make it more often.
 */
const MIN_REREAD_INTERVAL_MS = 30_000;

/**
 * A secret of Secrets Manager that two sides share. The previous version is accepted too: during a rotation the other
 * side gets the new one at many places, one after the other. Only hashes are kept in memory.
 *
 * @throws Error when Secrets Manager cannot be reached
 */
export function sharedSecret(options: SharedSecretOptions): SharedSecret {
  let known: Promise<{ readonly hashes: readonly Buffer[]; readonly at: number }> | undefined;
  const read = (): NonNullable<typeof known> => {
    const reading = readHashes(options).then((hashes) => ({ hashes, at: options.clock().getTime() }));
    // A failed read is tried again at the next request.
    reading.catch(() => (known = undefined));
    return (known = reading);
  };
  return async (presented) => {
    const hash = hashOf(presented);
    const isAmong = (hashes: readonly Buffer[]): boolean =>
      // Every hash is compared, so that the time does not reveal which one matched.
      hashes.map((one) => timingSafeEqual(one, hash)).includes(true);
    const { hashes, at } = await (known ?? read());
    const age = options.clock().getTime() - at;
    const isGood = isAmong(hashes);
    if (age < (isGood ? CACHED_MS : MIN_REREAD_INTERVAL_MS)) return isGood;
    return isAmong((await read()).hashes);
  };
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function readHashes(options: SharedSecretOptions): Promise<readonly Buffer[]> {
  const values = await Promise.all([readValue(options, "AWSCURRENT"), readValue(options, "AWSPREVIOUS")]);
  return values.flatMap((value) => (value === undefined ? [] : [hashOf(value)]));
}

/** Undefined when there is no such version: a secret that was never rotated has no previous one. */
async function readValue(
  { request, endpoint, secretArn }: SharedSecretOptions,
  stage: "AWSCURRENT" | "AWSPREVIOUS",
): Promise<string | undefined> {
  const { statusCode, body } = await request({
    method: "POST",
    url: new URL(endpoint),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue" },
    body: JSON.stringify({ SecretId: secretArn, VersionStage: stage }),
  });
  const answer = parsed(body);
  const { SecretString, __type } = answer;
  if (statusCode === 200 && typeof SecretString === "string" && SecretString !== "") return SecretString;
  if (stage === "AWSPREVIOUS" && typeof __type === "string" && __type.endsWith("ResourceNotFoundException"))
    return undefined;
  throw new Error(`Secrets Manager gave no secret: ${statusCode} ${typeof __type === "string" ? __type : ""}`);
}

/** Errors never quote the body: it may hold the secret. */
function parsed(body: string): { readonly SecretString?: unknown; readonly __type?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
