import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { KMSClient, ListAliasesCommand, SignCommand } from "@aws-sdk/client-kms";
import { cloudTrailLog } from "../../local/kms/cloudtrail-log.ts";
import { localKms } from "../../local/kms/server.ts";
import { run, type CommandResult } from "../support/command.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";

interface LogRecord {
  readonly eventID: string;
  readonly eventName: string;
}

interface Result {
  readonly matched: Readonly<Record<string, number>>;
  readonly retries: number;
  readonly unaccounted: readonly { readonly principal: string }[];
  readonly missing: readonly { readonly name: string }[];
}

const ACCOUNT = { region: "us-east-1", accountId: "111122223333" };
const THIEF = "arn:aws:iam::111122223333:user/thief";

const skip = areBundles ? "what ships tells its signatures in test/infra/deployed-service.test.ts" : false;

describe("nodeseal audit reconcile, on the log of the local KMS", { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), "nodeseal-audit-"));
  const data = join(home, "data");
  const log = join(data, "cloudtrail");
  let service: LocalService;

  const operator = (...args: string[]): Promise<CommandResult> =>
    run("node", ["bin/nodeseal.js", ...args], { environment: service.environment });
  const reconcile = async (...paths: string[]): Promise<CommandResult & { readonly result: Result }> => {
    const answer = await operator("audit", "reconcile", ...paths, "-o", "json");
    return { ...answer, result: JSON.parse(answer.stdout || "null") as Result };
  };
  const start = async (): Promise<void> => {
    service = await startLocalService({ dataDirectory: data });
  };
  const joinNode = async (node: string): Promise<void> => {
    const token = (await operator("token", "create", "--node", node)).stdout.trim();
    const args = ["join", "--token", token, "--node", node, "--dir", join(home, node)];
    assert.equal(
      (await run("node", ["bin/nodeseal-agent.js", ...args], { environment: service.environment })).status,
      0,
    );
  };
  const copyOfLog = (change: (records: readonly LogRecord[]) => readonly LogRecord[]): string => {
    const folder = mkdtempSync(join(home, "log-"));
    for (const name of readdirSync(log)) {
      const { Records } = JSON.parse(readFileSync(join(log, name), "utf8")) as { Records: readonly LogRecord[] };
      writeFileSync(join(folder, `${name}.gz`), gzipSync(JSON.stringify({ Records: change(Records) })));
    }
    return folder;
  };

  before(async () => {
    await start();
    for (const node of ["a", "b", "c"]) await joinNode(node);
    const renewed = ["renew", "--force", "--dir", join(home, "a")];
    assert.equal(
      (await run("node", ["bin/nodeseal-agent.js", ...renewed], { environment: service.environment })).status,
      0,
    );
  });
  after(async () => {
    await service.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it("accounts for every signature: of nodes, of CAs, of lists", async () => {
    const { status, result, stderr } = await reconcile(log);
    assert.equal(status, 0, stderr);
    assert.deepEqual([result.unaccounted, result.missing, result.retries], [[], [], 0]);
    assert.equal(result.matched["node-certificate"], 4);
    assert.equal(result.matched["certificate"], 2, "the root signed itself and the issuing CA");
    const signed = Object.values(result.matched).reduce((sum, count) => sum + count, 0);
    const told = readdirSync(log).flatMap(
      (name) => (JSON.parse(readFileSync(join(log, name), "utf8")) as { Records: [] }).Records,
    );
    assert.equal(signed, told.length);
  });

  it("takes files twice, out of order and compressed for what they are", async () => {
    const { status, result } = await reconcile(
      log,
      copyOfLog((records) => records.toReversed()),
      log,
    );
    assert.equal(status, 0);
    assert.equal(result.matched["node-certificate"], 4);
  });

  it("names a signature on record that the log does not tell", async () => {
    const { status, result, stderr } = await reconcile(copyOfLog((records) => records.toSpliced(-3, 1)));
    assert.equal(status, 1);
    assert.match(stderr, /0 signatures of the keys are not on record, and 1 on record are not in the log/);
    assert.match(String(result.missing[0]?.name), /^(certificate [0-9a-f]{32} of [abc]|[a-z-]+ of the service)$/);
  });

  it("refuses a file that is cut off, and files that are about other keys", async () => {
    const [name = ""] = readdirSync(log);
    const cut = join(home, "cut.json");
    writeFileSync(cut, readFileSync(join(log, name)).subarray(0, 1500));
    const refused = await operator("audit", "reconcile", log, cut);
    assert.equal(refused.status, 1);
    assert.equal(
      refused.stderr,
      `nodeseal: ${cut} is cut off, or is no log file of CloudTrail; fetch it again, or name other files\n`,
    );
    const empty = join(home, "empty");
    mkdirSync(empty);
    assert.match((await operator("audit", "reconcile", empty)).stderr, /there is no entry in the 0 log files/);
    const others = copyOfLog((records) =>
      records.map((one) => ({ ...one, resources: [{ ARN: "arn:aws:kms:eu-west-1:111122223333:key/another" }] })),
    );
    assert.match(
      (await operator("audit", "reconcile", others)).stderr,
      /none of the \d+ signatures in the log is by a key of this service/,
    );
  });

  it("names what somebody had the CA key sign besides, and a certificate whose record is gone", async () => {
    const backup = join(home, "backup");
    await service.stop();
    cpSync(join(data, "dynalite"), backup, { recursive: true });
    await start();
    await joinNode("forgotten");
    await service.stop();
    rmSync(join(data, "dynalite"), { recursive: true });
    cpSync(backup, join(data, "dynalite"), { recursive: true });
    await forge(data, log);
    await start();
    const { status, result, stderr } = await reconcile(log);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^nodeseal: \d+ signatures of the keys are not on record, and 0 on record are not in the log/m,
    );
    assert.equal(result.matched["node-certificate"], 4);
    const forged = result.unaccounted.filter(({ principal }) => principal === THIEF);
    assert.equal(forged.length, 1);
    // A list may have been signed meanwhile, too, whose record went with the tables.
    assert.ok(result.unaccounted.length > forged.length);
    const { stdout } = await operator("audit", "reconcile", log);
    assert.match(stdout, /^Signed by: .*local-administrator \(\d+\)\n +arn:aws:iam::111122223333:user\/thief \(1\)\n/m);
  });
});

/** A signature over something of the thief's own, with the key of the issuing CA, through the KMS that logs it. */
async function forge(data: string, log: string): Promise<void> {
  const kms = localKms({
    ...ACCOUNT,
    file: join(data, "kms.json"),
    log: cloudTrailLog({ ...ACCOUNT, directory: log, principalArn: THIEF }),
  });
  const { url: endpoint } = await kms.start();
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: randomBytes(30).toString("base64") };
  const client = new KMSClient({ endpoint, region: ACCOUNT.region, credentials });
  const { Aliases = [] } = await client.send(new ListAliasesCommand({}));
  const alias = Aliases.find(({ AliasName }) => AliasName?.includes("issuing"));
  await client.send(
    new SignCommand({
      KeyId: alias?.TargetKeyId ?? "",
      Message: randomBytes(32),
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    }),
  );
  client.destroy();
  await kms.close();
}
