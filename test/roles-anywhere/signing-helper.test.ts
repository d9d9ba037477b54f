import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { encodePem } from "../../core/asn1/pem.ts";
import { nobodyCertificate } from "../../core/roles-anywhere/nobody.ts";
import { run, type CommandResult } from "../support/command.ts";
import { openAssembly } from "../support/deployed/assembly.ts";
import { ACCOUNT_ID, REGION } from "../support/deployed/deployed-service.ts";
import { PROFILE_ARN, roleIn, TRUST_ANCHOR_ARN } from "../support/deployed/roles-anywhere.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { serialNumbersIn } from "../support/revocation-bench.ts";
import { startRolesAnywhere, type EmulatedRolesAnywhere } from "../support/roles-anywhere/service.ts";
import { signingHelper } from "../support/roles-anywhere/signing-helper.ts";

const helper = signingHelper();
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/hybrid-nodes.md"), "utf8");
/** As the page has it. */
const DOCUMENT = JSON.parse(/```json\n(\{\n {2}"policy"[^`]+)```/.exec(PAGE)?.[1] ?? "") as object;
const SCRIPT = /```sh\n(#!\/bin\/sh\n[^`]+)```/.exec(PAGE)?.[1] ?? "";

/**
 * The page's own configuration and commands, with the real aws_signing_helper. What answers it verifies what AWS would:
 * test/roles-anywhere/create-session.test.ts. That the service keeps anchor and lists: test/infra/deployed-roles-anywhere.test.ts.
 */
describe("aws_signing_helper with the agent's own file", { skip: helper.skip }, () => {
  if (helper.skip !== false) return;
  const home = mkdtempSync(join(tmpdir(), "nodeseal-edge-"));
  const directory = join(home, "pki");
  const script = join(home, "edge-credentials");
  const role = roleIn(openAssembly({ accountId: ACCOUNT_ID, region: REGION }, DOCUMENT).template);
  let service: LocalService;
  let aws: EmulatedRolesAnywhere;

  const program = (name: string, ...args: string[]): Promise<CommandResult> =>
    run("node", [`bin/${name}.js`, ...args], { environment: service.environment });
  const credentials = (sessionName = "edge-1", command = [script]): Promise<CommandResult> =>
    run(
      command[0] ?? script,
      [
        ...command.slice(1),
        ...["--trust-anchor-arn", TRUST_ANCHOR_ARN, "--profile-arn", PROFILE_ARN, "--role-arn", role.roleArn],
        ...["--role-session-name", sessionName, "--endpoint", aws.url],
      ],
      { environment: { HOME: home } },
    );
  const certified = async (name: string, signer: string, at = directory): Promise<void> => {
    const group = "system:bootstrappers:edge";
    const { stdout: token } = await program("nodeseal", "token", "create", "--group", group, "--max-uses", "1");
    const file = join(home, "token");
    writeFileSync(file, token, { mode: 0o600 });
    const joined = await program(
      "nodeseal-agent",
      ...["join", "--token-file", file, "--signer", signer, "--node", name, "--dir", at, "--name", "edge"],
    );
    assert.equal(joined.status, 0, joined.stderr);
  };

  /** What the authority function writes into the anchor. */
  const issuingCas = async (): Promise<string> =>
    (await new HttpsClient(service).send("GET", "/v1/trust-bundle?for=kube-apiserver")).text;
  /** What it imports: the first list that has the certificate. */
  const listWith = async (serialNumber: string): Promise<string> => {
    const file = join(home, "issuing-g1.crl");
    const url = `${service.url}/v1/crl/issuing-g1`;
    // The service hands out what it has read for a minute: it is asked once the reconciliation is over, as a rule.
    await delay(3000);
    for (let attempt = 0; attempt < 400; attempt++) {
      const got = await run("curl", [
        "-fsS",
        "--cacert",
        service.environment["NODESEAL_CA_FILE"] ?? "",
        "-o",
        file,
        url,
      ]);
      const der = got.status === 0 ? readFileSync(file) : undefined;
      if (der !== undefined && serialNumbersIn(der).includes(serialNumber)) return encodePem("X509 CRL", der);
      await delay(200);
    }
    return assert.fail(`no list has ${serialNumber}`);
  };

  before(async () => {
    const configuration = join(home, "nodeseal.config.json");
    writeFileSync(configuration, JSON.stringify(DOCUMENT));
    const asHere = SCRIPT.replace("/usr/local/bin/aws_signing_helper", helper.path).replace("/etc/iam/pki", directory);
    writeFileSync(script, asHere, { mode: 0o755 });
    service = await startLocalService({ arguments: ["--config", configuration], isUnlikeDefault: true });
    aws = await startRolesAnywhere({
      trustAnchorArn: TRUST_ANCHOR_ARN,
      certificatesPem: encodePem("CERTIFICATE", nobodyCertificate()),
      region: REGION,
      role,
    });
  });
  after(async () => {
    await service.stop();
    await aws.close();
    rmSync(home, { recursive: true, force: true });
  });

  it("gets nothing while the anchor trusts nobody", async () => {
    await certified("edge-1", "nodeseal.dev/client");
    const { status, stderr } = await credentials();
    assert.notEqual(status, 0);
    assert.match(stderr, /Untrusted certificate/);
  });

  it("gets credentials in the machine's name, with one file as certificate and key", async () => {
    aws.anchor.replace(await issuingCas());
    const { status, stdout, stderr } = await credentials();
    assert.equal(status, 0, stderr);
    const { Version, AccessKeyId, Expiration } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([Version, AccessKeyId], [1, "ASIAIOSFODNN7EXAMPLE"]);
    assert.ok(Date.parse(String(Expiration)) > Date.now());
    assert.deepEqual([aws.sessions.at(-1)?.commonName, aws.sessions.at(-1)?.roleSessionName], ["edge-1", "edge-1"]);
  });

  it("takes the link itself, as nodeadm gives it", async () => {
    const link = join(directory, "edge-current.pem");
    const command = [helper.path, "credential-process", "--certificate", link, "--private-key", link];
    const { status, stderr } = await credentials("edge-1", command);
    assert.equal(status, 0, stderr);
  });

  it("goes on through renewals without a failed call", async () => {
    const renewals = new AbortController();
    const results: CommandResult[] = [];
    const calling = (async () => {
      while (!renewals.signal.aborted) results.push(await credentials());
    })();
    const serialNumbers = () => new Set(aws.sessions.map(({ serialNumber }) => serialNumber));
    try {
      for (let renewal = 0; renewal < 3; renewal++) {
        const renewed = await program("nodeseal-agent", "renew", "--force", "--dir", directory);
        assert.equal(renewed.status, 0, renewed.stderr);
        const before = results.length;
        while (results.length < before + 2) await delay(20);
      }
    } finally {
      renewals.abort();
      await calling;
    }
    assert.deepEqual(
      results.filter(({ status }) => status !== 0).map(({ stderr }) => stderr),
      [],
    );
    assert.equal(serialNumbers().size, 4);
  });

  it("gets none in another machine's name, and none for a name that is not the role's", async () => {
    assert.match((await credentials("edge-2")).stderr, /does not allow sts:AssumeRole/);
    // A signer that kubelets use: its name has colons.
    assert.match((await credentials("system:node:edge-1")).stderr, /is no name for a session/);
  });

  it("is refused after a revocation, once the list is there", async () => {
    const revoked = await program("nodeseal", "node", "revoke", "edge-1");
    assert.equal(revoked.status, 0, revoked.stderr);
    assert.equal((await credentials()).status, 0, "AWS learns of it by the list alone");
    const serialNumber = aws.sessions.at(-1)?.serialNumber.toLowerCase() ?? assert.fail();
    const list = { name: "nodeseal-issuing-g1", enabled: true, tags: [], trustAnchorArn: TRUST_ANCHOR_ARN };
    await aws.anchor.import({ ...list, crlData: await listWith(serialNumber) });
    const { status, stderr } = await credentials();
    assert.notEqual(status, 0);
    assert.match(stderr, /Certificate revoked/);
  });
});
