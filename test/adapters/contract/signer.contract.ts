import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { describe, it } from "node:test";
import type { Der } from "../../../core/asn1/der.ts";
import { parseDer } from "../../../core/asn1/der.ts";
import { isMlDsa, ML_DSA_KEY_SPECS, type AuthorityKeySpec } from "../../../core/keys/key-type.ts";
import type { KeyMaker } from "../../../core/keys/key-maker.ts";
import type { Signer } from "../../../core/keys/signer.ts";
import {
  acceptedAlgorithm,
  ECDSA_SHA256,
  ECDSA_SHA384,
  ED25519,
  issuingAlgorithm,
  RSA_SHA256,
  type SignatureAlgorithm,
} from "../../../core/keys/signature-algorithm.ts";
import { OPENSSL_SKIP, tryOpenssl, workspace } from "../../support/openssl.ts";
import { randomOctets } from "../../support/stored-records.ts";

export interface SignerUnderTest {
  readonly signer: Signer;
  readonly keys: KeyMaker;
}

const DIGESTED = [
  { why: "a TBSCertificate's size", message: randomOctets(430) },
  { why: "no octets", message: randomOctets(0) },
  { why: "more than KMS takes as a message (a CRL)", message: randomOctets(100_000) },
] as const;

/** What can be asked of a key that is given the message itself: KMS takes 1 to 4,096 bytes. */
const WHOLE = [
  { why: "a TBSCertificate's size", message: randomOctets(430) },
  { why: "one octet", message: randomOctets(1) },
  { why: "as much as KMS takes as a message", message: randomOctets(4096) },
] as const;

const KEY_SPECS: readonly AuthorityKeySpec[] = [
  ...(["P-256", "P-384", "RSA-2048", "RSA-3072", "Ed25519"] as const),
  ...ML_DSA_KEY_SPECS,
];

/** Every sentence of `Signer` as a test, with other people's verifiers. `create` may give the same one each time. */
export function signerContract(create: () => Promise<SignerUnderTest>): void {
  describe("Signer", () => {
    for (const keyType of KEY_SPECS) {
      for (const { why, message } of issuingAlgorithm(keyType).hash === undefined ? WHOLE : DIGESTED) {
        it(`signs ${why} with ${keyType}, so that node:crypto verifies it and nothing else`, async () => {
          const { signer, keys } = await create();
          const { keyArn, spki } = await keys.findOrCreateKey(`alias/signer-${keyType}`, keyType);
          const algorithm = issuingAlgorithm(keyType);
          const { octets: signature } = await signer.sign(keyArn, algorithm, message);
          assert.equal(isValid(algorithm, message, spki, signature), true);
          assert.equal(isValid(algorithm, Uint8Array.from([...message, 0]), spki, signature), false);
        });
      }

      const skip = isMlDsa(keyType) ? opensslKnows(keyType) : OPENSSL_SKIP;
      it(`signs with ${keyType} as openssl understands it`, { skip }, async () => {
        const { signer, keys } = await create();
        const { keyArn, spki } = await keys.findOrCreateKey(`alias/signer-${keyType}`, keyType);
        const algorithm = issuingAlgorithm(keyType);
        const message = randomOctets(430);
        const { octets: signature } = await signer.sign(keyArn, algorithm, message);
        assert.equal(opensslVerifies(algorithm, message, spki, signature), true);
        assert.equal(opensslVerifies(algorithm, randomOctets(430), spki, signature), false);
      });
    }

    it("gives ECDSA signatures in DER, strictly, whatever their integers begin with", async () => {
      const { signer, keys } = await create();
      const { keyArn, spki } = await keys.findOrCreateKey("alias/signer-P-256", "P-256");
      const messages = Array.from({ length: 40 }, () => randomOctets(50));
      const signatures = await Promise.all(messages.map((message) => signer.sign(keyArn, ECDSA_SHA256, message)));
      for (const [index, { octets: signature }] of signatures.entries()) {
        assert.doesNotThrow(() => parseDer(signature));
        assert.equal(isValid(ECDSA_SHA256, messages[index] ?? randomOctets(0), spki, signature), true);
      }
    });

    it("signs with RSA and each hash a certificate may name", async () => {
      const { signer, keys } = await create();
      const { keyArn, spki } = await keys.findOrCreateKey("alias/signer-RSA-2048", "RSA-2048");
      for (const hash of ["sha256", "sha384", "sha512"] as const) {
        const algorithm = { ...RSA_SHA256, hash };
        const message = randomOctets(100);
        const { octets: signature } = await signer.sign(keyArn, algorithm, message);
        assert.equal(isValid(algorithm, message, spki, signature), true);
      }
    });

    for (const keySpec of ["Ed25519", ...ML_DSA_KEY_SPECS] as const) {
      it(`fails with ${keySpec} where KMS would not take the message, and says how long it may be`, async () => {
        const { signer, keys } = await create();
        const { keyArn } = await keys.findOrCreateKey(`alias/signer-${keySpec}`, keySpec);
        const signing = signer.sign(keyArn, issuingAlgorithm(keySpec), randomOctets(4097));
        await assert.rejects(signing, (error) => isOurs(error, keyArn));
      });
    }

    it("fails, without a refusal to show to callers, where there is no such key", async () => {
      const { signer } = await create();
      const keyArn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-4000-8000-000000000000";
      await assert.rejects(signer.sign(keyArn, ECDSA_SHA256, randomOctets(10)), (error) => isOurs(error, keyArn));
    });

    it("fails where the key is of another family than the algorithm", async () => {
      const { signer, keys } = await create();
      const { keyArn } = await keys.findOrCreateKey("alias/signer-P-256", "P-256");
      for (const algorithm of [RSA_SHA256, ED25519, issuingAlgorithm("ML-DSA-44")])
        await assert.rejects(signer.sign(keyArn, algorithm, randomOctets(10)), (error) => isOurs(error, keyArn));
    });

    it("knows the algorithms that issuing CAs use", () => {
      for (const algorithm of [ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256, ED25519]) {
        assert.equal(acceptedAlgorithm(algorithm.algorithmIdentifier), algorithm);
      }
    });
  });
}

function isValid({ hash }: SignatureAlgorithm, message: Uint8Array, spki: Der, signature: Der): boolean {
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  return verify(hash, message, key, signature);
}

function opensslVerifies({ hash }: SignatureAlgorithm, message: Uint8Array, spki: Der, signature: Der): boolean {
  const files = workspace();
  try {
    const key = files.write("key.der", spki);
    const signed = files.write("signature", signature);
    if (hash === undefined) {
      const whole = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin"];
      return tryOpenssl([...whole, "-in", files.write("message", message), "-sigfile", signed]).isGood;
    }
    return tryOpenssl(["dgst", `-${hash}`, "-keyform", "DER", "-verify", key, "-signature", signed], message).isGood;
  } finally {
    files.remove();
  }
}

/** Since 3.5. */
function opensslKnows(algorithm: string): string | false {
  const { output } = tryOpenssl(["list", "-signature-algorithms"]);
  return output.includes(algorithm) ? false : `this openssl has no ${algorithm}: 3.5 has`;
}

function isOurs(error: unknown, keyArn: string): boolean {
  assert.ok(error instanceof Error);
  assert.equal(error.name, "Error");
  assert.ok(error.message.includes(keyArn), error.message);
  return true;
}
