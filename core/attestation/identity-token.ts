import { invalidEvidence } from "./invalid-evidence.ts";
import { type Claims } from "./claims.ts";
import { isJsonObject } from "../input/json-object.ts";

/** A JWT (RFC 7519) as it came: nothing in it is verified. */
export interface PresentedIdentityToken {
  readonly text: string;
  readonly algorithm: string;
  readonly claims: Claims;
}

/** GitHub's have 2 KB, AWS' with many tags 6 KB. An API of API Gateway takes 10 KB of headers in all. */
const MAX_TOKEN_CHARACTERS = 8192;

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** By its form: a bootstrap token has one dot. */
export function isIdentityToken(text: string): boolean {
  return text.split(".").length === 3;
}

/** @throws RefusalError `invalid_evidence` */
export function readIdentityToken(text: string): PresentedIdentityToken {
  if (text.length > MAX_TOKEN_CHARACTERS)
    throw invalidEvidence(`the identity token has ${text.length} characters, allowed are ${MAX_TOKEN_CHARACTERS}`);
  const [header = "", payload = ""] = COMPACT_JWS.test(text) ? text.split(".") : [];
  const protectedHeader = jsonObject(header);
  const claims = jsonObject(payload);
  const algorithm = protectedHeader?.["alg"];
  if (claims === undefined || typeof algorithm !== "string")
    throw invalidEvidence("the identity token is not a signed JWT in compact form");
  return { text, algorithm, claims };
}

function jsonObject(base64url: string): Claims | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64url, "base64url"));
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    // Its message would repeat the token.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}
