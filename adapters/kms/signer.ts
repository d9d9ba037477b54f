import { createHash } from "node:crypto";
import { SignCommand, type KMSClient, type SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import type { Der } from "../../core/der.ts";
import type { Signer } from "../../core/ports.ts";
import type { HashName, SignatureAlgorithm } from "../../core/signature-algorithm.ts";
import { translateFailure } from "./failure.ts";

const ALGORITHMS: Readonly<Record<SignatureAlgorithm["keyFamily"], Readonly<Record<HashName, SigningAlgorithmSpec>>>> =
  {
    EC: { sha256: "ECDSA_SHA_256", sha384: "ECDSA_SHA_384", sha512: "ECDSA_SHA_512" },
    RSA: {
      sha256: "RSASSA_PKCS1_V1_5_SHA_256",
      sha384: "RSASSA_PKCS1_V1_5_SHA_384",
      sha512: "RSASSA_PKCS1_V1_5_SHA_512",
    },
  };

export interface KmsSignerOptions {
  readonly client: KMSClient;
}

export function kmsSigner({ client }: KmsSignerOptions): Signer {
  return {
    sign: async (keyArn, { keyFamily, hash }, message): Promise<Der> => {
      const command = new SignCommand({
        KeyId: keyArn,
        // A digest, because KMS takes no message over 4,096 bytes: a CRL has more.
        MessageType: "DIGEST",
        Message: createHash(hash).update(message).digest(),
        SigningAlgorithm: ALGORITHMS[keyFamily][hash],
      });
      const { Signature } = await client.send(command).catch((error: unknown) => {
        throw translateFailure(error, keyArn);
      });
      if (Signature === undefined) throw new Error(`KMS answered without a signature of the key ${keyArn}`);
      return Uint8Array.from(Signature);
    },
  };
}
