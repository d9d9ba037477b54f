import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  SignCommand,
  type KeySpec,
  type KMSClient,
  type SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { temporaryDirectory } from "../temporary-directory.ts";
import { kmsHarness } from "./local-kms.ts";

const RSA_ALGORITHMS: readonly SigningAlgorithmSpec[] = [
  "RSASSA_PKCS1_V1_5_SHA_256",
  "RSASSA_PKCS1_V1_5_SHA_384",
  "RSASSA_PKCS1_V1_5_SHA_512",
  "RSASSA_PSS_SHA_256",
  "RSASSA_PSS_SHA_384",
  "RSASSA_PSS_SHA_512",
];

const KEY_SPECS: readonly { keySpec: KeySpec; algorithms: readonly SigningAlgorithmSpec[] }[] = [
  { keySpec: "ECC_NIST_P256", algorithms: ["ECDSA_SHA_256"] },
  { keySpec: "ECC_NIST_P384", algorithms: ["ECDSA_SHA_384"] },
  { keySpec: "RSA_2048", algorithms: RSA_ALGORITHMS },
  { keySpec: "RSA_3072", algorithms: RSA_ALGORITHMS },
  { keySpec: "RSA_4096", algorithms: RSA_ALGORITHMS },
];

for (const { keySpec, algorithms } of KEY_SPECS) {
  test(`signs messages and digests with ${keySpec} so that node:crypto and openssl agree`, async (t) => {
    const { client } = await kmsHarness(t);
    const { keyId, publicKeyDer } = await newKeyPair(client, keySpec);
    for (const algorithm of algorithms) {
      const hash = `sha${algorithm.slice(-3)}`;
      for (const message of [Buffer.from("x"), randomBytes(4096)]) {
        const digest = createHash(hash).update(message).digest();
        const signatures = [
          await sign(client, keyId, algorithm, "RAW", message),
          await sign(client, keyId, algorithm, "DIGEST", digest),
        ];
        for (const signature of signatures) {
          assert.ok(isValidForNode(publicKeyDer, algorithm, message, signature), `${algorithm}, node:crypto`);
          assertValidForOpenssl(t, publicKeyDer, algorithm, message, signature);
        }
      }
    }
  });
}

test("signs messages with Ed25519, and refuses digests for it", async (t) => {
  const { client } = await kmsHarness(t);
  const { keyId, publicKeyDer } = await newKeyPair(client, "ECC_NIST_EDWARDS25519");
  const message = randomBytes(4096);
  const signature = await sign(client, keyId, "ED25519_SHA_512", "RAW", message);
  const publicKey = createPublicKey({ key: publicKeyDer, format: "der", type: "spki" });
  assert.ok(verify(null, message, publicKey, signature));
  await assert.rejects(sign(client, keyId, "ED25519_SHA_512", "DIGEST", randomBytes(64)), {
    name: "ValidationException",
    message: "Message type DIGEST is incompatible with algorithm ED25519_SHA_512.",
  });
  await assert.rejects(sign(client, keyId, "ED25519_PH_SHA_512", "DIGEST", randomBytes(64)), {
    name: "UnsupportedOperationException",
  });
});

test("never makes one ECDSA signature twice, as KMS does not", async (t) => {
  const { client } = await kmsHarness(t);
  const { keyId } = await newKeyPair(client, "ECC_NIST_P256");
  const digest = randomBytes(32);
  const signatures = await Promise.all(
    Array.from({ length: 20 }, () => sign(client, keyId, "ECDSA_SHA_256", "DIGEST", digest)),
  );
  assert.equal(new Set(signatures.map((signature) => signature.toString("hex"))).size, 20);
});

test("describes a key with the members and values of KMS", async (t) => {
  const now = new Date("2026-11-23T12:00:00.250Z");
  const { client } = await kmsHarness(t, { clock: () => now });
  const created = await client.send(
    new CreateKeyCommand({
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      Description: "issuing CA",
      Tags: [{ TagKey: "role", TagValue: "issuing" }],
      Policy: '{"Version":"2012-10-17","Statement":[]}',
    }),
  );
  const keyId = created.KeyMetadata?.KeyId ?? "";
  const described = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
  assert.deepEqual(described.KeyMetadata, created.KeyMetadata);
  assert.deepEqual(described.KeyMetadata, {
    AWSAccountId: "111122223333",
    Arn: `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`,
    CreationDate: now,
    CustomerMasterKeySpec: "ECC_NIST_P256",
    Description: "issuing CA",
    Enabled: true,
    KeyId: keyId,
    KeyManager: "CUSTOMER",
    KeySpec: "ECC_NIST_P256",
    KeyState: "Enabled",
    KeyUsage: "SIGN_VERIFY",
    MultiRegion: false,
    Origin: "AWS_KMS",
    SigningAlgorithms: ["ECDSA_SHA_256"],
  });
});

const REFUSALS: readonly {
  why: string;
  keySpec: KeySpec;
  algorithm: SigningAlgorithmSpec;
  type: "RAW" | "DIGEST";
  bytes: number;
  name: string;
  message: string | RegExp;
}[] = [
  {
    why: "a digest that is one byte short",
    ...{ keySpec: "ECC_NIST_P256", algorithm: "ECDSA_SHA_256", type: "DIGEST", bytes: 31 },
    name: "ValidationException",
    message: "Digest is invalid length for algorithm ECDSA_SHA_256.",
  },
  {
    why: "a digest of another hash",
    ...{ keySpec: "ECC_NIST_P384", algorithm: "ECDSA_SHA_384", type: "DIGEST", bytes: 32 },
    name: "ValidationException",
    message: "Digest is invalid length for algorithm ECDSA_SHA_384.",
  },
  {
    why: "a message over 4096 bytes",
    ...{ keySpec: "ECC_NIST_P256", algorithm: "ECDSA_SHA_256", type: "RAW", bytes: 4097 },
    name: "ValidationException",
    message: /at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
  },
  {
    why: "an empty message",
    ...{ keySpec: "ECC_NIST_P256", algorithm: "ECDSA_SHA_256", type: "RAW", bytes: 0 },
    name: "ValidationException",
    message: /Member must have length greater than or equal to 1$/,
  },
  {
    why: "the algorithm of another key spec",
    ...{ keySpec: "ECC_NIST_P256", algorithm: "ECDSA_SHA_384", type: "DIGEST", bytes: 48 },
    name: "InvalidKeyUsageException",
    message: "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.",
  },
];

for (const { why, keySpec, algorithm, type, bytes, name, message } of REFUSALS) {
  test(`refuses ${why} in KMS' words`, async (t) => {
    const { client } = await kmsHarness(t);
    const { keyId } = await newKeyPair(client, keySpec);
    await assert.rejects(sign(client, keyId, algorithm, type, randomBytes(bytes)), { name, message });
  });
}

async function newKeyPair(client: KMSClient, keySpec: KeySpec): Promise<{ keyId: string; publicKeyDer: Buffer }> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: keySpec, KeyUsage: "SIGN_VERIFY" }));
  const keyId = KeyMetadata?.KeyId ?? "";
  const { PublicKey, KeySpec } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  assert.equal(KeySpec, keySpec);
  return { keyId, publicKeyDer: Buffer.from(PublicKey ?? []) };
}

async function sign(
  client: KMSClient,
  keyId: string,
  algorithm: SigningAlgorithmSpec,
  messageType: "RAW" | "DIGEST",
  message: Buffer,
): Promise<Buffer> {
  const answer = await client.send(
    new SignCommand({ KeyId: keyId, Message: message, MessageType: messageType, SigningAlgorithm: algorithm }),
  );
  assert.match(answer.KeyId ?? "", /^arn:aws:kms:eu-central-1:111122223333:key\//);
  assert.equal(answer.SigningAlgorithm, algorithm);
  return Buffer.from(answer.Signature ?? []);
}

function isValidForNode(publicKeyDer: Buffer, algorithm: string, message: Buffer, signature: Buffer): boolean {
  const key = createPublicKey({ key: publicKeyDer, format: "der", type: "spki" });
  const padding = algorithm.includes("PSS")
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  return verify(`sha${algorithm.slice(-3)}`, message, { key, ...padding }, signature);
}

function assertValidForOpenssl(
  t: TestContext,
  publicKeyDer: Buffer,
  algorithm: string,
  message: Buffer,
  signature: Buffer,
): void {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, "key.der"), publicKeyDer);
  writeFileSync(join(directory, "signature"), signature);
  const pss = algorithm.includes("PSS") ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : [];
  const output = execFileSync(
    "openssl",
    ["dgst", `-sha${algorithm.slice(-3)}`, ...pss, "-keyform", "DER", "-verify", "key.der", "-signature", "signature"],
    { cwd: directory, input: message, encoding: "utf8" },
  );
  assert.equal(output.trim(), "Verified OK", algorithm);
}
