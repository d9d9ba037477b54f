import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { describe, it } from "node:test";
import { kmsKeyMaker } from "../../adapters/kms/key-maker.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import { ECDSA_SHA256 } from "../../core/keys/signature-algorithm.ts";
import { authorityServices, nodeCertificate, NOW } from "../support/authorities.ts";
import { newKeyPair } from "../support/key-pairs.ts";
import { proofBench } from "../support/proof-bench.ts";
import { kmsHarness } from "../local/kms/local-kms.ts";

describe("what peers verified and trusted apart, lost, or could not sign", () => {
  it("SPIRE 1.15.1 (azure_imds): the certificate that is trusted is the one that signed", async () => {
    const { authorities, proofOf, refuses } = await proofBench();
    const attacker = newKeyPair("P-256");
    const own = Buffer.from(nodeCertificate(authorities, attacker.spki)).toString("base64");
    const [header = ""] = proofOf().split(".");
    const { x5c } = JSON.parse(Buffer.from(header, "base64url").toString()) as { x5c: readonly string[] };
    // Signed by the second certificate of a bag, trusted for the first; and the other way about.
    refuses(proofOf({ keyPair: attacker, header: { x5c: [...x5c, own] } }), /signature/);
    refuses(proofOf({ header: { x5c: [own, ...x5c] } }), /signature/);
    // Signed by one key, with the certificate of another.
    refuses(proofOf({ keyPair: attacker }), /signature/);
    // A key of its own beside the certificate.
    refuses(
      proofOf({ keyPair: attacker, header: { jwk: attacker.publicKey.export({ format: "jwk" }) } }),
      /alg, typ and x5c only/,
    );
  });

  it("SPIRE#6964: a restart goes on with the CAs there are", async () => {
    const services = authorityServices(NOW);
    const first = await createFirstAuthorities(services, DEFAULT_AUTHORITY_PLAN);
    const again = await createFirstAuthorities(services, DEFAULT_AUTHORITY_PLAN);
    assert.deepEqual(
      again.authorities.map(({ id, certificate }) => [id, Buffer.from(certificate).toString("hex")]),
      first.authorities.map(({ id, certificate }) => [id, Buffer.from(certificate).toString("hex")]),
    );
  });

  it("serverless-ca#606: what is longer than KMS takes whole is signed all the same", async (t) => {
    const { client } = await kmsHarness(t);
    const { keyArn, spki } = await kmsKeyMaker({ client }).findOrCreateKey("alias/peers-606", "P-256");
    const long = new Uint8Array(10_000).fill(7);
    const { octets: signature } = await kmsSigner({ client }).sign(keyArn, ECDSA_SHA256, long);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    assert.ok(verify("sha256", long, publicKey, signature));
  });
});
