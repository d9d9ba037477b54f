import { createHash, randomInt, timingSafeEqual } from "node:crypto";

/** Kubernetes' bootstrap token (cluster-bootstrap/token/api): `<token-id>.<token-secret>`. */
export interface BootstrapToken {
  /** May be logged. */
  readonly id: string;
  /** Never logged, never stored. */
  readonly secret: string;
}

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const ID_CHARACTERS = 6;
const SECRET_CHARACTERS = 16;

const TOKEN_ID = /^[a-z0-9]{6}$/;
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;

/** `system:bootstrappers` is in every token's groups; the others must match this. */
export const BOOTSTRAPPERS_GROUP = "system:bootstrappers";
export const BOOTSTRAP_GROUP_PATTERN = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
export const DEFAULT_TOKEN_GROUP = "system:bootstrappers:kubeadm:default-node-token";
export const BOOTSTRAP_USERNAME_PREFIX = "system:bootstrap:";

export function isTokenId(text: string): boolean {
  return TOKEN_ID.test(text);
}

/** Undefined for anything that is not exactly a token: the caller says 401 to that as to a wrong one. */
export function parseBootstrapToken(text: string): BootstrapToken | undefined {
  // The length first: the expression then works on 23 characters only.
  const match = text.length === ID_CHARACTERS + 1 + SECRET_CHARACTERS ? TOKEN.exec(text) : null;
  const [, id, secret] = match ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function encodeBootstrapToken({ id, secret }: BootstrapToken): string {
  return `${id}.${secret}`;
}

/** Each character uniform from a CSPRNG. 16 of 36 are 82.7 bits: enough because they are never picked by hand. */
export function randomBootstrapToken(): BootstrapToken {
  return { id: randomCharacters(ID_CHARACTERS), secret: randomCharacters(SECRET_CHARACTERS) };
}

function randomCharacters(count: number): string {
  return Array.from({ length: count }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
}

/** What is stored of a token. The id salts it; the secret is random, so a slow hash would only slow us. */
export function hashTokenSecret({ id, secret }: BootstrapToken): Buffer<ArrayBuffer> {
  return createHash("sha256").update(`nodeseal bootstrap token ${id}.${secret}`).digest();
}

/** Compares in constant time. */
export function isTokenSecret(token: BootstrapToken, storedHash: Uint8Array): boolean {
  const hash = hashTokenSecret(token);
  return hash.length === storedHash.length && timingSafeEqual(hash, storedHash);
}

/** What a comparison with an unknown token is made against, so that an unknown id takes the same steps as a wrong secret. */
export const NO_TOKEN_HASH: Uint8Array = new Uint8Array(32);
