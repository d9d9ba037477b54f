import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { runAgent } from "../support/agent-run.ts";
import { json } from "../support/service-answer.ts";
import { testAuthority } from "../support/test-authority.ts";
import { validator } from "../support/validator.ts";

const PATH = "/v1/revoked-certificates";
const fingerprint = (number: number): string => number.toString(16).padStart(64, "0");

interface Authorizer {
  readonly type: string;
  readonly name: string;
  readonly webhook?: {
    readonly failurePolicy: string;
    readonly connectionInfo: { readonly kubeConfigFile: string };
    readonly matchConditions: readonly { readonly expression: string }[];
  };
}

async function controlPlane(t: TestContext) {
  const { service, services, base, home, file } = await validator(t);
  const configuration = join(home, "authorization.yaml");
  const flags = ["--once", "--wait", "0", "--for", "kube-apiserver", "--authorization-config", configuration];
  const says = (sha256: unknown): void => void service.answers.set(PATH, json(200, { sha256 }));
  const once = async (...more: string[]) => await runAgent([...base, ...flags, ...more], services);
  const authorizers = (): readonly Authorizer[] => {
    const document: unknown = parse(readFileSync(configuration, "utf8"));
    return (document as { readonly authorizers: readonly Authorizer[] }).authorizers;
  };
  return { service, services, base, home, file, configuration, says, once, authorizers };
}

describe("kube-apiserver's authorization configuration", () => {
  it("is Node and RBAC while nothing is revoked", async (t) => {
    const { says, once, authorizers } = await controlPlane(t);
    says([]);
    const { exitStatus, stdout, stderr } = await once();
    assert.equal(exitStatus, 0, stderr);
    assert.match(stdout, /event=trust_updated.* revokedCertificates=0/);
    assert.deepEqual(authorizers(), [
      { type: "Node", name: "node" },
      { type: "RBAC", name: "rbac" },
    ]);
  });

  it("is kept with its trust file by --kube-apiserver alone, and nothing else goes with it", async (t) => {
    const { service, services, base, home, says } = await controlPlane(t);
    says([]);
    const url = base.slice(0, base.indexOf("--file"));
    const { exitStatus, stderr } = await runAgent(
      [...url, "--kube-apiserver", "--dir", home, "--once", "--wait", "0"],
      services,
    );
    assert.equal(exitStatus, 0, stderr);
    assert.match(readFileSync(join(home, "kube-apiserver/client-ca.pem"), "utf8"), /BEGIN CERTIFICATE/);
    assert.match(readFileSync(join(home, "kube-apiserver/authorization.yaml"), "utf8"), /AuthorizationConfiguration/);
    assert.ok(service.answers.size > 0);
    const wrong = await runAgent([...base, "--kube-apiserver", "--for", "nginx", "--once"], services);
    assert.equal(wrong.exitStatus, 2);
    assert.match(wrong.stderr, /--kube-apiserver is for kube-apiserver, and --for says nginx/);
  });

  it("asks nobody about revoked certificates, before all others, and fails closed", async (t) => {
    const { says, once, authorizers, home } = await controlPlane(t);
    says([fingerprint(2), fingerprint(1)]);
    await once();
    const [refusing, ...others] = authorizers();
    assert.deepEqual(
      others.map(({ name }) => name),
      ["node", "rbac"],
    );
    assert.equal(refusing?.webhook?.failurePolicy, "Deny");
    assert.equal(refusing.webhook.connectionInfo.kubeConfigFile, join(home, "nobody.kubeconfig"));
    const nobody: unknown = parse(readFileSync(join(home, "nobody.kubeconfig"), "utf8"));
    assert.deepEqual((nobody as { clusters: unknown }).clusters, [
      { name: "nobody", cluster: { server: "https://127.0.0.1:9" } },
    ]);
    const [{ expression } = { expression: "" }] = refusing.webhook.matchConditions;
    assert.match(expression, /^'authentication\.kubernetes\.io\/credential-id' in request\.extra && /);
    assert.deepEqual(expression.match(/[0-9a-f]{64}/g), [fingerprint(1), fingerprint(2)]);
  });

  it("lets in again what is told no more, and is not touched when nothing changed", async (t) => {
    const { says, once, authorizers } = await controlPlane(t);
    says([fingerprint(1)]);
    await once();
    assert.equal((await once()).stdout, "");
    says([]);
    await once();
    assert.equal(authorizers().length, 2);
  });

  it("has expressions no longer than CEL takes", async (t) => {
    const { says, once, authorizers } = await controlPlane(t);
    says(Array.from({ length: 2500 }, (_, at) => fingerprint(at)));
    await once();
    const expressions = authorizers().flatMap(({ webhook }) => webhook?.matchConditions[0]?.expression ?? []);
    assert.equal(expressions.length, 3);
    for (const expression of expressions) assert.ok(expression.length < 100_000);
    const names = new Set(authorizers().map(({ name }) => name));
    assert.equal(names.size, 5);
  });

  it("has the operator's own authorizers behind ours, however far they are indented", async (t) => {
    const { says, once, authorizers, home } = await controlPlane(t);
    says([fingerprint(1)]);
    const own = join(home, "own.yaml");
    for (const indent of ["", "  ", "    "]) {
      const lines = ["# Ours", "- type: Node", "  name: node", "- type: RBAC", "  name: own-rbac", ""];
      writeFileSync(own, lines.map((line) => (line === "" ? line : indent + line)).join("\n"));
      assert.equal((await once("--authorizers", own)).stderr, "");
      assert.deepEqual(authorizers().slice(1), [
        { type: "Node", name: "node" },
        { type: "RBAC", name: "own-rbac" },
      ]);
    }
    writeFileSync(own, "authorizers:\n  - type: RBAC\n");
    assert.match((await once("--authorizers", own)).stderr, /must be the list below "authorizers:"/);
    assert.match((await once("--authorizers", join(home, "none"))).stderr, /none \(--authorizers\) is not there/);
  });

  for (const [what, answer] of Object.entries({
    "no list": { sha256: "x" },
    "what is no fingerprint": { sha256: [fingerprint(1), "'] || true || x in ['"] },
    "something else": {},
  }))
    it(`stays, and so do the CAs, when the answer is ${what}`, async (t) => {
      const { service, says, once, configuration, file } = await controlPlane(t);
      says([fingerprint(1)]);
      await once();
      const contents = () => [configuration, file].map((path) => readFileSync(path, "utf8"));
      const before = contents();
      service.answers.set(PATH, json(200, answer));
      const authority = await testAuthority("CN=Issuing 2", service.root);
      service.authorities.unshift({ id: "issuing-g2", authority });
      service.sequence = 2;
      const { exitStatus, stderr } = await once();
      assert.deepEqual([exitStatus, contents()], [1, before]);
      assert.match(stderr, /does not say which certificates are revoked/);
    });

  it("is not made by a service that cannot tell, and replaces nobody's file", async (t) => {
    const { says, once, configuration, file } = await controlPlane(t);
    assert.match((await once()).stderr, /it has no revocation lists, or is older than this agent/);
    assert.deepEqual([existsSync(configuration), existsSync(file)], [false, false]);
    says([]);
    writeFileSync(configuration, "apiVersion: apiserver.config.k8s.io/v1\n");
    assert.match((await once()).stderr, /was not written by nodeseal-agent trust, and is not replaced/);
  });

  it("is for kube-apiserver alone", async (t) => {
    const { base, services, file } = await controlPlane(t);
    for (const [flags, said] of [
      [
        ["--for", "nginx", "--authorization-config", "/x"],
        /--authorization-config is for kube-apiserver, not for nginx/,
      ],
      [["--for", "kube-apiserver", "--authorizers", "/x"], /--authorizers needs --authorization-config/],
      [["--for", "kube-apiserver", "--authorization-config", file], /are the same file/],
    ] as const)
      assert.match((await runAgent([...base, "--once", ...flags], services)).stderr, said);
  });
});
