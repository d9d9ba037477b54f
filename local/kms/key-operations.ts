import { createPublicKey, randomUUID } from "node:crypto";
import { KEY_SPECS, generatePrivateKey, SIGNING_ALGORITHMS_OF } from "./key-spec.ts";
import { findKey, keyArn, type KmsAccount } from "./key-reference.ts";
import { assertEnabled } from "./key-state.ts";
import type { KmsKey } from "./key-store.ts";
import { KmsError, validationError } from "./kms-error.ts";
import { epochSeconds, type KmsOperation } from "./operation.ts";
import { optionalChoice, optionalText, requiredBytes, requiredChoice, requiredText } from "./request-members.ts";
import { MESSAGE_TYPES, signMessage } from "./signature.ts";
import { SIGNING_ALGORITHM_NAMES } from "./signing-algorithm.ts";

/** Policies and tags are taken and forgotten: on one machine there is nobody to keep out. */
export const createKey: KmsOperation = async (members, { store, account, clock }) => {
  const keySpec =
    optionalChoice(members, "KeySpec", KEY_SPECS) ?? optionalChoice(members, "CustomerMasterKeySpec", KEY_SPECS);
  if (keySpec === undefined)
    throw new KmsError("UnsupportedOperationException", "The local KMS makes asymmetric signing keys only.");
  const keyUsage = optionalText(members, "KeyUsage");
  if (keyUsage === undefined)
    throw validationError("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  if (keyUsage !== "SIGN_VERIFY")
    throw validationError(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
  const key: KmsKey = {
    keyId: randomUUID(),
    keySpec,
    description: optionalText(members, "Description") ?? "",
    createdAt: clock(),
    privateKey: await generatePrivateKey(keySpec),
    state: "Enabled",
    deletionAt: undefined,
  };
  store.putKey(key);
  return { KeyMetadata: keyMetadata(account, key) };
};

export const describeKey: KmsOperation = (members, { store, account }) => ({
  KeyMetadata: keyMetadata(account, findKey(store, account, requiredText(members, "KeyId"))),
});

function keyMetadata(account: KmsAccount, key: KmsKey): object {
  return {
    AWSAccountId: account.accountId,
    Arn: keyArn(account, key.keyId),
    CreationDate: epochSeconds(key.createdAt),
    CustomerMasterKeySpec: key.keySpec,
    ...(key.deletionAt && { DeletionDate: epochSeconds(key.deletionAt) }),
    Description: key.description,
    Enabled: key.state === "Enabled",
    KeyId: key.keyId,
    KeyManager: "CUSTOMER",
    KeySpec: key.keySpec,
    KeyState: key.state,
    KeyUsage: "SIGN_VERIFY",
    MultiRegion: false,
    Origin: "AWS_KMS",
    SigningAlgorithms: SIGNING_ALGORITHMS_OF[key.keySpec],
  };
}

export const getPublicKey: KmsOperation = (members, { store, account }) => {
  const key = findKey(store, account, requiredText(members, "KeyId"));
  assertEnabled(account, key);
  return {
    CustomerMasterKeySpec: key.keySpec,
    KeyId: keyArn(account, key.keyId),
    KeySpec: key.keySpec,
    KeyUsage: "SIGN_VERIFY",
    PublicKey: createPublicKey(key.privateKey).export({ format: "der", type: "spki" }).toString("base64"),
    SigningAlgorithms: SIGNING_ALGORITHMS_OF[key.keySpec],
  };
};

/** The longest message KMS takes (Sign, "Message"). */
const MOST_MESSAGE_BYTES = 4096;

export const sign: KmsOperation = (members, { store, account }) => {
  const message = requiredBytes(members, "Message", MOST_MESSAGE_BYTES);
  const messageType = optionalChoice(members, "MessageType", MESSAGE_TYPES) ?? "RAW";
  const algorithm = requiredChoice(members, "SigningAlgorithm", SIGNING_ALGORITHM_NAMES);
  const key = findKey(store, account, requiredText(members, "KeyId"));
  assertEnabled(account, key);
  if (!SIGNING_ALGORITHMS_OF[key.keySpec].includes(algorithm)) {
    throw new KmsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`,
    );
  }
  return {
    KeyId: keyArn(account, key.keyId),
    Signature: signMessage(message, messageType, algorithm, key.privateKey).toString("base64"),
    SigningAlgorithm: algorithm,
  };
};
