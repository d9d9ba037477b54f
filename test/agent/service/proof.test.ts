import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { buildProof } from "../../../agent/service/proof.ts";
import { temporaryDirectory } from "../support/agent-run.ts";
import { checkProof } from "../support/proof-check.ts";
import { PAIR_MADE_AT as NOW, pairOf } from "../support/certificate-pairs.ts";

const AUDIENCE = "https://nodeseal.test/v1/certificates/renew";

function partsOf(proof: string): { header: unknown; claims: Record<string, unknown>; signature: Buffer } {
  const [header = "", claims = "", signature = ""] = proof.split(".").map((part) => Buffer.from(part, "base64url"));
  return {
    header: JSON.parse(String(header)),
    claims: JSON.parse(String(claims)) as Record<string, unknown>,
    signature: Buffer.from(signature),
  };
}

describe("buildProof", () => {
  for (const [keyType, alg, signatureBytes] of [
    ["P-256", "ES256", 64],
    ["P-384", "ES384", 96],
    ["RSA-2048", "RS256", 256],
    ["Ed25519", "EdDSA", 64],
  ] as const) {
    it(`signs with ${alg} for ${keyType}, in the form of RFC 7518 and RFC 8037`, async () => {
      const pair = await pairOf(keyType);
      const csrDer = Buffer.from("a CSR");
      const proof = buildProof(pair, { audience: AUDIENCE, issuedAt: NOW, csrDer });
      const csrSha256 = createHash("sha256").update(csrDer).digest("base64url");
      assert.equal(typeof checkProof(proof, { audience: AUDIENCE, csrSha256, body: {}, now: NOW }), "object");
      const { header, claims, signature } = partsOf(proof);
      assert.deepEqual(header, { alg, typ: "nodeseal-proof+jwt", x5c: [pair.leaf.x509.raw.toString("base64")] });
      assert.equal(signature.length, signatureBytes);
      const { iat, exp, ...others } = claims;
      assert.equal(iat, NOW.getTime() / 1000);
      assert.ok(Number(exp) - NOW.getTime() / 1000 <= 300);
      assert.deepEqual(
        { ...others, jti: "" },
        {
          aud: AUDIENCE,
          jti: "",
          csr_sha256: csrSha256,
          request: {},
        },
      );
    });
  }

  it("speaks for no CSR when it confirms", async () => {
    const proof = buildProof(await pairOf("P-256"), { audience: AUDIENCE, issuedAt: NOW });
    assert.equal("csr_sha256" in partsOf(proof).claims, false);
  });

  it("is never the same twice", async () => {
    const pair = await pairOf("P-256");
    const identifiers = Array.from(
      { length: 5 },
      () => partsOf(buildProof(pair, { audience: AUDIENCE, issuedAt: NOW })).claims["jti"],
    );
    assert.equal(new Set(identifiers).size, 5);
  });

  it("is verified by openssl", async (t: TestContext) => {
    const home = temporaryDirectory(t);
    const pair = await pairOf("RSA-2048");
    const proof = buildProof(pair, { audience: AUDIENCE, issuedAt: NOW });
    const [keyFile, signatureFile] = [join(home, "key.pem"), join(home, "signature")];
    writeFileSync(keyFile, pair.leaf.x509.publicKey.export({ format: "pem", type: "spki" }));
    writeFileSync(signatureFile, partsOf(proof).signature);
    const verified = execFileSync("openssl", ["dgst", "-sha256", "-verify", keyFile, "-signature", signatureFile], {
      input: proof.split(".").slice(0, 2).join("."),
      encoding: "utf8",
    });
    assert.match(verified, /Verified OK/);
  });
});
