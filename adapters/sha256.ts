import { createHash, createHmac, createSecretKey, type Hash, type KeyObject } from "node:crypto";

type Octets = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 and HMAC as the AWS SDK's signer asks for them, made by Node's own. It keeps a key that it was given as a key
 * object: for raw octets Node throws and catches errors with stack traces to find out what they are (24.21,
 * `prepareSecretKey`), which costs six times what the HMAC costs, twice in each call to AWS.
 */
export class Sha256 {
  private readonly hash: Pick<Hash, "digest"> & { update(data: Uint8Array): unknown };

  constructor(secret?: Octets) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", keyOf(secret));
  }

  update(data: Octets): void {
    this.hash.update(octetsOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

/** A function has one secret access key at a time, and one prefixed with `AWS4`. */
const MOST_TEXTS = 4;
const keysOfTexts = new Map<string, KeyObject>();
/** The SDK derives a key for each day and service, and hands out the same array from then on. */
const keysOfArrays = new WeakMap<object, KeyObject>();

function keyOf(secret: Octets): KeyObject {
  const known = typeof secret === "string" ? keysOfTexts.get(secret) : keysOfArrays.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(octetsOf(secret));
  if (typeof secret === "string") {
    if (keysOfTexts.size >= MOST_TEXTS) keysOfTexts.clear();
    keysOfTexts.set(secret, key);
  } else {
    keysOfArrays.set(secret, key);
  }
  return key;
}

function octetsOf(data: Octets): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
