import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { KMSClient } from "@aws-sdk/client-kms";
import { localKms, type LocalKmsOptions } from "../../../local/kms/server.ts";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "111122223333";

/** A directory that is gone after the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

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
