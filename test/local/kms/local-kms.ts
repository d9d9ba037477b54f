import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { localKms, type LocalKmsOptions } from "../../../local/kms/server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "111122223333";

/** A running local KMS and the real SDK's client for it, both closed after the test. */
export async function kmsHarness(t: TestContext, options: Partial<LocalKmsOptions> = {}) {
  const file = options.file ?? join(temporaryDirectory(t), "keys.json");
  const kms = localKms({ file, region: REGION, accountId: ACCOUNT_ID, ...options });
  const { url } = await kms.start();
  const client = new KMSClient({
    endpoint: url,
    region: REGION,
    credentials: options.credentials ?? {
      accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64"),
    },
    maxAttempts: 1,
  });
  const close = async (): Promise<void> => {
    client.destroy();
    await kms.close();
  };
  t.after(close);
  return { client, url, file, close };
}

/** The id of a new P-256 key. */
export async function newKey(client: KMSClient): Promise<string> {
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
  );
  return KeyMetadata?.KeyId ?? "";
}
