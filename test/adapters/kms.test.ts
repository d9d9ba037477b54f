import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { KMSClient } from "@aws-sdk/client-kms";
import { kmsKeyMaker } from "../../adapters/kms/key-maker.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { localKms, type LocalKms } from "../../local/kms/server.ts";
import { scriptedClientSettings } from "../support/scripted-aws-service.ts";
import { keyMakerContract } from "./contract/key-maker.contract.ts";
import { signerContract } from "./contract/signer.contract.ts";

describe("the KMS adapters on the local KMS", () => {
  let directory: string | undefined;
  let kms: LocalKms | undefined;
  let client: KMSClient | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "nodeseal-test-"));
    kms = localKms({ file: join(directory, "keys.json"), region: "eu-central-1", accountId: "123456789012" });
    client = new KMSClient(scriptedClientSettings((await kms.start()).url));
  });
  after(async () => {
    client?.destroy();
    await kms?.close();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  const started = (): KMSClient => {
    if (client === undefined) throw new Error("the local KMS has not started");
    return client;
  };
  // A maker of its own each time: nothing is known from the last one.
  const keys = () => kmsKeyMaker({ client: started() });
  signerContract(() => Promise.resolve({ signer: kmsSigner({ client: started() }), keys: keys() }));
  keyMakerContract(() => Promise.resolve(keys()));
});
