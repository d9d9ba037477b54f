import { createHash } from "node:crypto";
import { SignCommand, type KMSClient, type SignCommandInput, type SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import type { Der } from "../../core/asn1/der.ts";
import type { Signature, Signer } from "../../core/keys/signer.ts";
import {
  LONGEST_WHOLE_MESSAGE_BYTES,
  type HashName,
  type SignatureAlgorithm,
} from "../../core/keys/signature-algorithm.ts";
import { translateFailure } from "./failure.ts";

const DIGEST_ALGORITHMS: Readonly<Record<"EC" | "RSA", Readonly<Record<HashName, SigningAlgorithmSpec>>>> = {
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
    sign: async (keyArn, algorithm, message): Promise<Signature> => {
      const command = new SignCommand({ KeyId: keyArn, ...question(keyArn, algorithm, message) });
      const { Signature: octets, $metadata } = await client.send(command).catch((error: unknown) => {
        throw translateFailure(error, keyArn);
      });
      if (octets === undefined) throw new Error(`KMS answered without a signature of the key ${keyArn}`);
      return { octets: Uint8Array.from(octets), requestId: $metadata.requestId };
    },
  };
}

/** @throws Error when KMS would not take the message */
function question(keyArn: string, algorithm: SignatureAlgorithm, message: Der): Omit<SignCommandInput, "KeyId"> {
  if (algorithm.hash !== undefined) {
    return {
      // A digest, because KMS takes no message over 4,096 bytes, and a CRL is longer.
      MessageType: "DIGEST",
      Message: createHash(algorithm.hash).update(message).digest(),
      SigningAlgorithm: DIGEST_ALGORITHMS[algorithm.keyFamily][algorithm.hash],
    };
  }
  if (message.length > LONGEST_WHOLE_MESSAGE_BYTES)
    throw new Error(
      `KMS signs ${LONGEST_WHOLE_MESSAGE_BYTES} bytes at most with ${algorithm.name}, and the key ${keyArn} was to sign ${message.length}`,
    );
  return {
    MessageType: "RAW",
    Message: message,
    // Not ED25519_PH_SHA_512: certificates never have that signature (RFC 8410 section 3).
    SigningAlgorithm: algorithm.keyFamily === "Ed25519" ? "ED25519_SHA_512" : "ML_DSA_SHAKE_256",
  };
}
