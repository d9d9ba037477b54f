import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AuthenticatedCertificate } from "../../core/issuance/authenticate-certificate.ts";
import { authenticateProof } from "../../core/issuance/proof-of-possession.ts";
import { nodeCertificate, NOW, testAuthorities, type TestAuthorities } from "./authorities.ts";
import { sharedKeyPair } from "./key-pairs.ts";
import { buildProof, type ProofPlan } from "./proofs.ts";

export const AUDIENCE = "https://nodeseal.example/v1/certificates/renew";
export const CSR = Buffer.from("a CSR");
export const CSR_SHA256 = createHash("sha256").update(CSR).digest();
export const AT = NOW.getTime() / 1000;
export const CLAIMS = { aud: AUDIENCE, iat: AT, exp: AT + 120, jti: "1", csr_sha256: CSR_SHA256.toString("base64url") };

/** A service that proofs are made for, and the node `n1.example` with a P-256 key to make them. */
export interface ProofBench {
  readonly authorities: TestAuthorities;
  readonly proofOf: (changes?: Partial<ProofPlan>) => string;
  readonly check: (proof: string, now?: Date) => AuthenticatedCertificate;
  readonly refuses: (proof: string, message: RegExp) => void;
}

export async function proofBench(): Promise<ProofBench> {
  const authorities = await testAuthorities();
  const keyPair = sharedKeyPair("P-256");
  const certificate = nodeCertificate(authorities, keyPair.spki);
  const binding = { audience: AUDIENCE, csr: CSR, request: {} };
  const check: ProofBench["check"] = (proof, now = NOW) =>
    authenticateProof(proof, binding, authorities.directory, now);
  return {
    authorities,
    check,
    proofOf: (changes = {}) =>
      buildProof({ keyPair, certificate, ...changes, claims: { ...CLAIMS, ...changes.claims } }),
    refuses: (proof, message) =>
      assert.throws(() => check(proof), { name: "RefusalError", code: "invalid_proof", message }),
  };
}
