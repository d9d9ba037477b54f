import { isDeepStrictEqual } from "node:util";
import { verify, X509Certificate } from "node:crypto";
import { parseJsonObject, type JsonObject } from "../../../core/input/json-object.ts";

export interface ProofExpectation {
  readonly audience: string;
  /** Undefined: the proof must not speak for a CSR. */
  readonly csrSha256: string | undefined;
  /** That came with it. It vouches for the members beside CSR and proof. */
  readonly body: JsonObject;
  readonly now: Date;
}

const HASHES: Readonly<Record<string, string | null>> = {
  ES256: "sha256",
  ES384: "sha384",
  RS256: "sha256",
  EdDSA: null,
};

/** Checks a proof as API.md section 2 has it. @returns the certificate that made it, or what is wrong */
export function checkProof(
  proof: string,
  { audience, csrSha256, body, now }: ProofExpectation,
): { certificate: X509Certificate } | string {
  const [header = "", claims = "", signature = ""] = proof.split(".");
  const { alg, typ, x5c } = decodeJson(header);
  const { aud, iat, exp, jti, csr_sha256, request: vouchedFor } = decodeJson(claims);
  const hash = HASHES[String(alg)];
  if (typ !== "nodeseal-proof+jwt" || !Array.isArray(x5c) || hash === undefined) return "not a proof";
  const certificate = new X509Certificate(Buffer.from(String(x5c[0]), "base64"));
  const key = { key: certificate.publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (!verify(hash, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url")))
    return "bad signature";
  if (aud !== audience) return `aud is ${String(aud)}, this is ${audience}`;
  if (csr_sha256 !== csrSha256) return "it is for another CSR";
  const asked = Object.fromEntries(Object.entries(body).filter(([name]) => name !== "csr" && name !== "proof"));
  if (!isDeepStrictEqual(vouchedFor, asked)) return "it vouches for another request";
  if (typeof jti !== "string" || jti === "") return "it has no jti";
  const nowSeconds = now.getTime() / 1000;
  if (typeof iat !== "number" || typeof exp !== "number" || exp - iat > 300) return "it lives too long";
  return iat > nowSeconds + 30 || exp < nowSeconds ? "it is not current" : { certificate };
}

function decodeJson(base64url: string): JsonObject {
  return parseJsonObject(Buffer.from(base64url, "base64url").toString("utf8")) ?? {};
}
