import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { subjectName } from "../../../core/asn1/distinguished-name.ts";
import type { KeyType } from "../../../core/keys/key-type.ts";
import { sequence, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { authenticateProof } from "../../../core/issuance/proof-of-possession.ts";
import { nodeCertificate, NOW, testAuthorities } from "../../support/authorities.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";
import { AT, AUDIENCE, CSR, CSR_SHA256, proofBench, type ProofBench } from "../../support/proof-bench.ts";
import type { ProofPlan } from "../../support/proofs.ts";

const signatureOf = (proof: string): Buffer => Buffer.from(proof.split(".")[2] ?? "", "base64url");
const withSignature = (proof: string, signature: Uint8Array): string =>
  [...proof.split(".").slice(0, 2), Buffer.from(signature).toString("base64url")].join(".");

describe("authenticateProof", () => {
  let bench: ProofBench;
  before(async () => {
    bench = await proofBench();
  });

  const algorithms: { keyType: KeyType; algorithm: string }[] = [
    { keyType: "P-256", algorithm: "ES256" },
    { keyType: "P-384", algorithm: "ES384" },
    { keyType: "RSA-2048", algorithm: "RS256" },
    { keyType: "RSA-2048", algorithm: "PS256" },
    { keyType: "RSA-3072", algorithm: "PS256" },
    { keyType: "RSA-4096", algorithm: "RS256" },
    { keyType: "Ed25519", algorithm: "EdDSA" },
  ];
  for (const { keyType, algorithm } of algorithms) {
    it(`takes ${algorithm} by a ${keyType} key`, () => {
      const keyPair = sharedKeyPair(keyType);
      const proof = bench.proofOf({
        keyPair,
        certificate: nodeCertificate(bench.authorities, keyPair.spki),
        signWith: algorithm,
      });
      assert.equal(bench.check(proof).identity.username, "system:node:n1.example");
    });
  }

  const accepted: ({ why: string; now?: Date } & Partial<ProofPlan>)[] = [
    { why: "that is valid for exactly 300 seconds", claims: { exp: AT + 300 } },
    { why: "in its last millisecond", now: new Date((AT + 120) * 1000 - 1) },
    { why: "made by a clock that is 60 seconds ahead", claims: { iat: AT + 60, exp: AT + 120 } },
    { why: "with fractions of seconds", claims: { iat: AT - 0.5, exp: AT + 0.5 } },
    { why: "with claims nobody asked for", claims: { iss: "n1", nbf: AT } },
  ];
  for (const { why, now, ...plan } of accepted) {
    it(`takes one ${why}`, () => {
      assert.doesNotThrow(() => bench.check(bench.proofOf(plan), now));
    });
  }

  it("takes R and S with zeros or a set bit in front", () => {
    const starts = new Set<string>();
    for (let tries = 0; tries < 50_000 && starts.size < 3; tries++) {
      const proof = bench.proofOf();
      const [first = 0] = signatureOf(proof);
      const start = first === 0 ? "zero octet" : first >= 0x80 ? "set bit" : "neither";
      if (starts.has(start)) continue;
      starts.add(start);
      bench.check(proof);
    }
    assert.equal(starts.size, 3);
  });

  it("takes signatures of two whole halves only", () => {
    const proof = bench.proofOf();
    const [r, s] = [signatureOf(proof).subarray(0, 32), signatureOf(proof).subarray(32)];
    const zero = Buffer.alloc(1);
    const others = {
      "in DER": sequence(unsignedInteger(r), unsignedInteger(s)),
      "with longer halves": Buffer.concat([zero, r, zero, s]),
      "with an octet behind": Buffer.concat([r, s, zero]),
      "with an octet less": Buffer.concat([r, s.subarray(0, 31)]),
      "with halves exchanged": Buffer.concat([s, r]),
      "of zeros": Buffer.alloc(64),
      "of one half": r,
      "of nothing": Buffer.alloc(0),
    };
    for (const [form, signature] of Object.entries(others)) {
      const changed = withSignature(proof, signature);
      assert.throws(() => bench.check(changed), { code: "invalid_proof", message: /does not verify/ }, form);
    }
  });

  it("takes the longest that can be: an RSA-4096 key with a certificate of an ML-DSA-87 CA", async () => {
    const authorities = await testAuthorities("ML-DSA-87");
    const keyPair = sharedKeyPair("RSA-4096");
    const nodeName = "n".repeat(52);
    const certificate = nodeCertificate(authorities, keyPair.spki, {
      subject: subjectName(["system:nodes"], `system:node:${nodeName}`),
    });
    const proof = bench.proofOf({ keyPair, certificate });
    const { identity } = authenticateProof(
      proof,
      { audience: AUDIENCE, csr: CSR, request: {} },
      authorities.directory,
      NOW,
    );
    assert.equal(identity.certificate.nodeName, nodeName);
  });

  it("asks for no CSR where the request has none", () => {
    const authenticated = authenticateProof(
      bench.proofOf({ claims: { csr_sha256: undefined } }),
      { audience: AUDIENCE, csr: undefined, request: {} },
      bench.authorities.directory,
      NOW,
    );
    assert.equal(authenticated.identity.certificate.nodeName, "n1.example");
  });

  const headers: ({ why: string; message: RegExp } & Partial<ProofPlan>)[] = [
    { why: "another type", header: { typ: "JWT" }, message: /its type must be "nodeseal-proof\+jwt"/ },
    { why: "no type", header: { typ: undefined }, message: /its type must be/ },
    { why: "the type in other case", header: { typ: "NODESEAL-PROOF+JWT" }, message: /its type must be/ },
    { why: "a key id", header: { kid: "1" }, message: /alg, typ and x5c only/ },
    { why: "a key of its own", header: { jwk: {} }, message: /alg, typ and x5c only/ },
    { why: "critical extensions", header: { crit: ["b64"], b64: false }, message: /alg, typ and x5c only/ },
    {
      why: "no algorithm",
      header: { alg: undefined },
      message: /its algorithm does not fit the certificate's P-256 key/,
    },
    { why: "the algorithm none", header: { alg: "none" }, message: /does not fit/ },
    { why: "an algorithm in lower case", header: { alg: "es256" }, message: /does not fit/ },
    { why: "an algorithm of the language's own", header: { alg: "constructor" }, message: /does not fit/ },
    { why: "algorithms in a list", header: { alg: ["ES256"] }, message: /does not fit/ },
    {
      why: "RS256 with an EC key's certificate",
      keyPair: sharedKeyPair("RSA-2048"),
      message: /does not fit the certificate's P-256/,
    },
    { why: "EdDSA with an EC key's certificate", header: { alg: "EdDSA" }, message: /does not fit/ },
    { why: "the curve's name for an algorithm", header: { alg: "Ed25519" }, message: /does not fit/ },
    { why: "no certificate", header: { x5c: undefined }, message: /must hold the certificate in x5c/ },
    { why: "an empty list of certificates", header: { x5c: [] }, message: /must hold the certificate in x5c/ },
    { why: "a certificate outside a list", header: { x5c: "MIIB" }, message: /must hold the certificate in x5c/ },
    { why: "a number for a certificate", header: { x5c: [1] }, message: /must hold the certificate in x5c/ },
    { why: "PEM for a certificate", header: { x5c: ["-----BEGIN CERTIFICATE-----"] }, message: /is not base64/ },
    { why: "base64 with a blank", header: { x5c: ["MIIB MIIB"] }, message: /is not base64/ },
    {
      why: "bytes that are no certificate",
      header: { x5c: ["MAA="] },
      message: /the client certificate is not accepted: the certificate has 0 elements/,
    },
  ];
  for (const { why, message, ...plan } of headers) {
    it(`refuses a header with ${why}`, () => bench.refuses(bench.proofOf(plan), message));
  }

  it("refuses an algorithm that would verify, with a key it is not for", () => {
    const pairs = [
      { keyType: "P-384", signWith: "ES256" },
      { keyType: "P-256", signWith: "ES384" },
      ...["ES256", "ES384", "RS256", "PS256", "none"].map(
        (alg) => ({ keyType: "Ed25519", signWith: "EdDSA", header: { alg } }) as const,
      ),
    ] as const;
    for (const { keyType, ...plan } of pairs) {
      const keyPair = sharedKeyPair(keyType);
      const certificate = nodeCertificate(bench.authorities, keyPair.spki);
      const fits = new RegExp(`does not fit the certificate's ${keyType} key`);
      bench.refuses(bench.proofOf({ keyPair, certificate, ...plan }), fits);
    }
  });

  const claims: { why: string; claims: Record<string, unknown>; message: RegExp }[] = [
    {
      why: "for another endpoint",
      claims: { aud: "https://nodeseal.example/v1/certificates" },
      message: /its audience must be https:\/\/nodeseal\.example\/v1\/certificates\/renew/,
    },
    { why: "for another host", claims: { aud: AUDIENCE.replace("nodeseal", "evil") }, message: /its audience/ },
    { why: "for the endpoint with a slash", claims: { aud: `${AUDIENCE}/` }, message: /its audience/ },
    { why: "for several endpoints", claims: { aud: [AUDIENCE] }, message: /its audience/ },
    { why: "for nobody", claims: { aud: undefined }, message: /its audience/ },
    { why: "without iat", claims: { iat: undefined }, message: /must hold iat, exp and jti/ },
    { why: "without exp", claims: { exp: undefined }, message: /must hold iat, exp and jti/ },
    { why: "without jti", claims: { jti: undefined }, message: /must hold iat, exp and jti/ },
    { why: "with a number for jti", claims: { jti: 1 }, message: /must hold iat, exp and jti/ },
    { why: "with exp as text", claims: { exp: String(AT + 60) }, message: /must hold iat, exp and jti/ },
    {
      why: "with times beyond any date",
      claims: { iat: -1e18 - 256, exp: -1e18 },
      message: /must hold iat, exp and jti/,
    },
    { why: "valid for 301 seconds", claims: { exp: AT + 301 }, message: /valid for 300 seconds at most/ },
    { why: "valid for no time", claims: { exp: AT }, message: /valid for 300 seconds at most/ },
    {
      why: "that ends before it begins",
      claims: { iat: AT + 30, exp: AT + 10 },
      message: /valid for 300 seconds at most/,
    },
    {
      why: "that has just expired",
      claims: { iat: AT - 60, exp: AT - 0.001 },
      message: /it expired at 2030-05-05T11:59:59\.999Z; the service's time is 2030-05-05T12:00:00\.000Z/,
    },
    { why: "of long ago", claims: { iat: 0, exp: 100 }, message: /it expired at 1970/ },
    { why: "made 61 seconds in the future", claims: { iat: AT + 61, exp: AT + 120 }, message: /made in the future/ },
    {
      why: "for another CSR",
      claims: { csr_sha256: createHash("sha256").update("another").digest("base64url") },
      message: /made for another CSR/,
    },
    { why: "for no CSR", claims: { csr_sha256: undefined }, message: /made for another CSR/ },
    {
      why: "with the CSR's hash in hexadecimal",
      claims: { csr_sha256: CSR_SHA256.toString("hex") },
      message: /made for another CSR/,
    },
    {
      why: "with the CSR's hash in padded base64",
      claims: { csr_sha256: CSR_SHA256.toString("base64") },
      message: /made for another CSR/,
    },
  ];
  for (const { why, message, ...plan } of claims) {
    it(`refuses one ${why}`, () => bench.refuses(bench.proofOf(plan), message));
  }
});
