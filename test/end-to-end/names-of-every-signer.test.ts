import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../core/policy/policy.ts";
import { AUTHENTICATED_GROUP } from "../../core/token/identity.ts";
import { HttpsClient, type Answer } from "../support/https-client.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { nodeCsr, opensslCsr } from "../support/openssl-csr.ts";
import { runHere } from "../support/run-here.ts";

const SERVER = "nodeseal.dev/server";
const PERSON = "kubernetes.io/kube-apiserver-client";
const SERVING = "kubernetes.io/kubelet-serving";
const PATIENCE_MS = 60_000;

const rule = (signerName: string) => ({
  ...RULE_DEFAULTS,
  name: signerName.replace(/[^a-z]/g, "-"),
  group: DEFAULT_TOKEN_GROUP,
  signerName,
  dnsNames: ["*"],
});
/** By the certificate itself: without such a rule nothing renews, and no operator is promised so. */
const renewing = (signerName: string) => {
  const first = rule(signerName);
  return { ...first, name: `renew-${first.name}`, group: AUTHENTICATED_GROUP, ownNameOnly: true };
};
const signers = [SERVER, PERSON, SERVING];
const policy = {
  ...DEFAULT_POLICY,
  rules: [...DEFAULT_POLICY.rules, ...signers.map(rule), ...signers.map(renewing)],
};

describe("names of every signer", { skip: OPENSSL_SKIP }, () => {
  const files = workspace();
  let service: LocalService;
  let client: HttpsClient;
  let token: string;

  before(async () => {
    service = await startLocalService({
      arguments: ["--config", files.write("config.json", JSON.stringify({ policy }))],
      environment: { POWERTOOLS_LOG_LEVEL: "INFO" },
    });
    client = new HttpsClient(service);
    token = await client.newToken();
  });
  after(async () => {
    client.close();
    await service.stop();
    files.remove();
  });

  const nodeseal = (...args: string[]) => runHere("nodeseal.js", args, { environment: service.environment });
  const done = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await nodeseal(...args);
    assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const ask = (csrPem: string, signerName: string, by = token): Promise<Answer> =>
    client.post("/v1/certificates", { csr: csrPem, signerName }, by);
  const named = (name: string, dnsName = name): string =>
    opensslCsr({ subject: `/CN=${name}`, extensions: [`subjectAltName=DNS:${dnsName}`] }).csrPem;
  const serving = (name: string): string =>
    opensslCsr({
      subject: `/O=system:nodes/CN=system:node:${name}`,
      extensions: [`subjectAltName=DNS:${name}`],
    }).csrPem;

  it("are released by the very command that a refusal tells", async () => {
    assert.equal((await ask(named("web-1"), SERVER)).status, 201);
    const refused = await ask(named("web-1"), SERVER, await client.newToken());
    assert.equal(refused.json["code"], "node_name_taken");
    const [, command = ""] = /\(nodeseal (.*?)\)/.exec(String(refused.json["detail"])) ?? [];
    assert.match(command, /^node release web-1/);
    await done(...command.split(" "));
    assert.equal((await ask(named("web-1"), SERVER)).status, 201);
    await done("node", "release", "web-1");
    assert.equal((await ask(named("web-1"), SERVER)).status, 201);
  });

  it("are shown, listed by signer, asked to renew, allowed to recover", async () => {
    assert.equal((await ask(named("web-2"), SERVER)).status, 201);
    assert.equal((await ask(nodeCsr("web-2").csrPem, policy.rules[0]?.signerName ?? "")).status, 201);
    const person = opensslCsr({ subject: "/CN=jane.doe@example.com" }).csrPem;
    assert.equal((await ask(person, PERSON)).status, 201);

    const shown = await done("node", "show", "web-2");
    assert.deepEqual(
      shown.match(/^Signer: +\S+$/gm)?.map((line) => line.split(/ +/)[1]),
      ["kubernetes.io/kube-apiserver-client-kubelet", SERVER],
    );
    assert.match(await done("node", "show", "jane.doe@example.com"), /^State: +Active$/m);
    const listed = (await done("node", "list", "--signer", PERSON)).trim().split("\n");
    assert.deepEqual(
      listed.map((line) => [line.split("\t")[0], line.split("\t").at(-1)]),
      [
        ["NAME", "SIGNER"],
        ["jane.doe@example.com", PERSON],
      ],
    );
    await done("node", "renew", "jane.doe@example.com");
    assert.match(await done("node", "show", "jane.doe@example.com"), /^Renewal: +asked for until/m);
    await done("node", "renew", "web-2", "--signer", SERVER);
    assert.equal((await done("node", "show", "web-2")).match(/asked for until/g)?.length, 1);
    await done("node", "allow-recovery", "web-2", "--for", "30d");
    assert.equal((await done("node", "show", "web-2")).match(/^May recover: +once until/gm)?.length, 2);
    const unknown = await nodeseal("node", "show", "web-2", "--signer", PERSON);
    assert.match(unknown.stderr, /no node named "web-2" with a certificate of kubernetes\.io\/kube-apiserver-client/);
  });

  it(
    "are revoked as a machine: every certificate is on the list, and no signer gives another",
    { skip: areBundles },
    async () => {
      const certificates = [
        await ask(nodeCsr("lost").csrPem, policy.rules[0]?.signerName ?? ""),
        await ask(serving("lost"), SERVING),
      ];
      assert.deepEqual(
        certificates.map(({ status }) => status),
        [201, 201],
      );
      await done("node", "revoke", "lost", "--reason", "keyCompromise");
      const states = (await done("cert", "list", "--node", "lost")).match(/\tRevoked\t/g);
      assert.equal(states?.length, 2);
      // Of a signer that never certified it, too.
      assert.equal((await ask(named("lost"), SERVER)).json["code"], "certificate_revoked");
      assert.equal((await ask(serving("lost"), SERVING)).json["code"], "certificate_revoked");
      // Two were put aside by the releases above. Looked for on the first list that says it: a function looks for a newer one once a minute.
      const deadline = performance.now() + PATIENCE_MS;
      const isPublished = (line: string): boolean =>
        line.includes('"revocation_list_published"') && line.includes('"revokedCertificates":4');
      while (!service.output().split("\n").some(isPublished)) {
        assert.ok(performance.now() < deadline, `no list with both:\n${service.output()}`);
        await setTimeout(100);
      }
      const list = files.write("crl.pem", await done("ca", "crl", "issuing-g1"));
      const text = openssl(["crl", "-noout", "-text", "-in", list]).toString();
      for (const { json } of certificates)
        assert.match(text, new RegExp(`Serial Number: ${String(json["serialNumber"]).toUpperCase()}\n`));
      await done("node", "release", "lost");
      assert.equal((await ask(named("lost"), SERVER)).status, 201);
      assert.equal((await ask(serving("lost"), SERVING)).status, 201);
    },
  );
});
