import {
  AlreadyExistsException,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  NotFoundException,
  type KeyMetadata,
  type KeySpec,
  type KMSClient,
} from "@aws-sdk/client-kms";
import type { Der } from "../../core/asn1/der.ts";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";
import type { KeyMaker } from "../../core/keys/key-maker.ts";
import { translateFailure } from "./failure.ts";

const KEY_SPECS: Readonly<Record<AuthorityKeySpec, KeySpec>> = {
  "P-256": "ECC_NIST_P256",
  "P-384": "ECC_NIST_P384",
  "RSA-2048": "RSA_2048",
  "RSA-3072": "RSA_3072",
  "RSA-4096": "RSA_4096",
  Ed25519: "ECC_NIST_EDWARDS25519",
  "ML-DSA-44": "ML_DSA_44",
  "ML-DSA-65": "ML_DSA_65",
  "ML-DSA-87": "ML_DSA_87",
};

export interface KmsKeyMakerOptions {
  readonly client: KMSClient;
  /** A new key or alias is not visible everywhere at once: how long to wait before the next attempt. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/**
 * @throws Error (from its method) when the alias names a key of another kind, or one that is disabled or being deleted
 */
export function kmsKeyMaker({ client, pause = sleep }: KmsKeyMakerOptions): KeyMaker {
  /** A key's public key never changes, and reading it is billed like a signature. */
  const spkis = new Map<string, Der>();

  const spkiOf = async (keyArn: string): Promise<Der> => {
    const known = spkis.get(keyArn);
    if (known !== undefined) return known;
    const { PublicKey } = await eventually(() => client.send(new GetPublicKeyCommand({ KeyId: keyArn })), pause);
    if (PublicKey === undefined) throw new Error(`KMS answered without the public key of ${keyArn}`);
    const spki = Uint8Array.from(PublicKey);
    spkis.set(keyArn, spki);
    return spki;
  };

  return {
    findOrCreateKey: async (alias, keySpec) => {
      try {
        const metadata = (await find(client, alias)) ?? (await create(client, alias, keySpec, pause));
        const keyArn = usableArn(metadata, alias, keySpec);
        return { keyArn, spki: await spkiOf(keyArn) };
      } catch (error) {
        throw translateFailure(error, alias);
      }
    },
  };
}

async function find(client: KMSClient, alias: string): Promise<KeyMetadata | undefined> {
  try {
    return (await client.send(new DescribeKeyCommand({ KeyId: alias }))).KeyMetadata;
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

/**
 * A crash between the two calls, or a lost race for the alias, leaves a key without an alias. It has never signed. Its
 * description says what it was for, so that an operator may delete it. The provisioner may not delete keys.
 */
async function create(
  client: KMSClient,
  alias: string,
  keySpec: AuthorityKeySpec,
  pause: (milliseconds: number) => Promise<void>,
): Promise<KeyMetadata | undefined> {
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({
      KeySpec: KEY_SPECS[keySpec],
      KeyUsage: "SIGN_VERIFY",
      Description: `Nodeseal CA key for ${alias}`,
    }),
  );
  try {
    await eventually(
      () => client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId })),
      pause,
    );
    return KeyMetadata;
  } catch (error) {
    // Another run made the alias first: its key is used.
    if (!(error instanceof AlreadyExistsException)) throw error;
    const { KeyMetadata: winner } = await eventually(
      () => client.send(new DescribeKeyCommand({ KeyId: alias })),
      pause,
    );
    return winner;
  }
}

function usableArn(metadata: KeyMetadata | undefined, alias: string, keySpec: AuthorityKeySpec): string {
  const { Arn, KeySpec, KeyUsage, KeyState } = metadata ?? {};
  if (Arn === undefined) throw new Error(`KMS describes the key ${alias} without an ARN`);
  if (KeySpec !== KEY_SPECS[keySpec] || KeyUsage !== "SIGN_VERIFY") {
    throw new Error(
      `the key ${alias} (${Arn}) is ${String(KeySpec)} for ${String(KeyUsage)}, not ${KEY_SPECS[keySpec]} for SIGN_VERIFY; use another alias or delete it`,
    );
  }
  if (KeyState === "Disabled" || KeyState === "PendingDeletion" || KeyState === "PendingReplicaDeletion") {
    throw new Error(`the key ${alias} (${Arn}) is ${KeyState}; cancel its deletion, or enable it again`);
  }
  return Arn;
}

const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 200;

/** KMS is eventually consistent: a new key may not be found for some seconds. */
async function eventually<T>(attempt: () => Promise<T>, pause: (milliseconds: number) => Promise<void>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const isNew =
        error instanceof Error && (error.name === "NotFoundException" || error.name === "KMSInvalidStateException");
      if (!isNew || attempts === MAX_ATTEMPTS) throw error;
      await pause(FIRST_PAUSE_MILLISECONDS * 2 ** (attempts - 1));
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
