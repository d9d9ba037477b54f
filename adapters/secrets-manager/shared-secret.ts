import { createHash, timingSafeEqual } from "node:crypto";
import type { SignedRequest } from "../signed-request.ts";

export interface SharedSecretOptions {
  readonly request: SignedRequest;
  /** `https://secretsmanager.<region>.amazonaws.com`, or what stands in for it. */
  readonly endpoint: string;
  readonly secretArn: string;
  readonly clock: () => Date;
}

/** Whether a text is the secret that is kept. */
export type SharedSecret = (presented: string) => Promise<boolean>;

/** How long a value that was read is believed: a version that was withdrawn is good no longer than this. */
const REMEMBERED_MS = 15 * 60_000;
/** A wrong text may be right since a rotation: it is looked up anew, yet no oftener than this, whoever guesses. */
const LOOKED_UP_AGAIN_MS = 30_000;

/**
 * A secret of Secrets Manager that two sides share. Its previous version counts as well: while it is rotated the other side
 * learns the new one at many places, one after the other. In memory are hashes only.
 *
 * @throws Error when Secrets Manager cannot be asked
 */
export function sharedSecret(options: SharedSecretOptions): SharedSecret {
  let known: Promise<{ readonly hashes: readonly Buffer[]; readonly at: number }> | undefined;
  const lookUp = (): NonNullable<typeof known> => {
    const looking = readHashes(options).then((hashes) => ({ hashes, at: options.clock().getTime() }));
    // What failed is tried again at the next request.
    looking.catch(() => (known = undefined));
    return (known = looking);
  };
  return async (presented) => {
    const hash = hashOf(presented);
    const isAmong = (hashes: readonly Buffer[]): boolean =>
      // Every one is compared, so that time does not tell which.
      hashes.map((one) => timingSafeEqual(one, hash)).includes(true);
    const { hashes, at } = await (known ?? lookUp());
    const age = options.clock().getTime() - at;
    const isGood = isAmong(hashes);
    if (age < (isGood ? REMEMBERED_MS : LOOKED_UP_AGAIN_MS)) return isGood;
    return isAmong((await lookUp()).hashes);
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

/** The body is never quoted in an error: it may hold the secret. */
function parsed(body: string): { readonly SecretString?: unknown; readonly __type?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
