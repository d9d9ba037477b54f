import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { FORBIDDEN, startAdminServer, type AdminServer, type CannedAnswer } from "./support/admin-server.ts";
import { authorityItem, fromNow, IN_23_HOURS, nodeItem, requestItem } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const PRINCIPAL = "arn:aws:sts::111122223333:assumed-role/Operators/jane";
const YEAR = 365 * 24 * 3600;

/** What a healthy service answers, by path. */
function healthy(): Record<string, CannedAnswer> {
  const active = (id: string, role: string) => authorityItem({ id, role, state: "active", notAfter: fromNow(YEAR) });
  return {
    "/v1/trust-bundle": { body: { sequence: 3 } },
    "/v1/admin/whoami": { body: { principal: PRINCIPAL, at: fromNow(0) } },
    "/v1/admin/authorities": {
      body: { sequence: 3, items: [active("root-g1", "root"), active("issuing-g1", "issuing")], changeRequests: [] },
    },
    "/v1/admin/nodes": { body: { items: [] } },
    "/v1/admin/requests": { body: { items: [] } },
  };
}

describe("nodeseal doctor", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const doctor = (answers: Record<string, CannedAnswer>, environment = {}): Promise<CliResult> => {
    server.respond(({ path }) => answers[path] ?? { status: 404, body: {} });
    return runCli(["doctor", "-o", "json"], { ...environmentOf(server), ...environment });
  };
  const findings = ({ stdout }: CliResult) =>
    (JSON.parse(stdout) as { findings: { check: string; result: string; detail: string }[] }).findings;

  it("finds nothing wrong with a healthy service, and asks only", async () => {
    const result = await doctor(healthy());
    assert.deepEqual([result.status, result.stderr], [0, ""]);
    assert.deepEqual(
      findings(result).filter((finding) => finding.result !== "ok"),
      [],
    );
    assert.ok(server.requests.length <= 7);
    assert.ok(server.requests.every(({ method }) => method === "GET"));
  });

  const held = { act: "retire", authorityId: "issuing-g0", state: "held", reason: "3 nodes have its certificates" };
  const WARNINGS: readonly {
    readonly of: string;
    readonly answers: Record<string, CannedAnswer>;
    readonly says: RegExp;
  }[] = [
    {
      of: "a clock that is behind",
      answers: { "/v1/admin/whoami": { body: { principal: PRINCIPAL, at: fromNow(IN_23_HOURS) } } },
      says: /^this machine is 23h behind the service: set its clock/,
    },
    {
      of: "a CA that ends soon",
      answers: {
        "/v1/admin/authorities": {
          body: {
            sequence: 3,
            items: [
              authorityItem({
                id: "issuing-g1",
                role: "issuing",
                state: "active",
                notAfter: fromNow(40.5 * 24 * 3600),
              }),
            ],
          },
        },
      },
      says: /^issuing-g1 ends in 40 days: nodeseal ca prepare/,
    },
    {
      of: "a change that is held",
      answers: {
        "/v1/admin/authorities": {
          body: { ...(healthy()["/v1/admin/authorities"]?.body as object), changeRequests: [held] },
        },
      },
      says: /^retire issuing-g0 is held: 3 nodes have its certificates$/,
    },
    {
      of: "a bundle that is not out yet",
      answers: { "/v1/trust-bundle": { body: { sequence: 2 } } },
      says: /^bundle 2 is served, 3 is newest/,
    },
    {
      of: "requests that wait",
      answers: { "/v1/admin/requests": { body: { items: [requestItem()], cursor: "more" } } },
      says: /^at least 1 wait for a decision: nodeseal csr review$/,
    },
    {
      of: "nodes that stopped renewing",
      answers: { "/v1/admin/nodes": { body: { items: [nodeItem(), nodeItem()] } } },
      says: /^2 should have renewed and did not: nodeseal node list --overdue$/,
    },
  ];
  for (const { of, answers, says } of WARNINGS) {
    it(`warns of ${of}, with status 0`, async () => {
      const result = await doctor({ ...healthy(), ...answers });
      assert.equal(result.status, 0);
      const warnings = findings(result).filter((finding) => finding.result === "warning");
      assert.match(warnings[0]?.detail ?? "", says);
    });
  }

  it("fails where no CA signs", async () => {
    const result = await doctor({ ...healthy(), "/v1/admin/authorities": { body: { sequence: 3, items: [] } } });
    assert.deepEqual([result.status, result.stderr], [1, "nodeseal: failed: CAs\n"]);
  });

  it("fails where credentials are refused, and stops there", async () => {
    const result = await doctor({ ...healthy(), "/v1/admin/whoami": FORBIDDEN });
    assert.deepEqual([result.status, result.stderr], [1, "nodeseal: failed: credentials\n"]);
    const last = findings(result).at(-1);
    assert.match(last?.detail ?? "", /does not accept access key/);
    assert.deepEqual(last?.check, "credentials");
  });

  it("fails where nobody answers, with what helps", async () => {
    const result = await doctor({}, { NODESEAL_URL: "https://127.0.0.1:9" });
    assert.deepEqual([result.status, result.stderr], [1, "nodeseal: failed: address and TLS\n"]);
    assert.equal(findings(result).length, 1);
  });

  it("is a table for people", async () => {
    server.respond(({ path }) => healthy()[path] ?? {});
    const { stdout } = await runCli(["doctor"], environmentOf(server));
    assert.match(stdout, /^CHECK\tRESULT\tDETAIL\naddress and TLS\tok\t/);
  });
});

describe("nodeseal whoami, policy show and policy diff", () => {
  let server: AdminServer;
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-policy-"));
  const file = join(directory, "policy.json");
  before(async () => void (server = await startAdminServer()));
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("whoami prints the ARN alone", async () => {
    server.respond(() => ({ body: { principal: PRINCIPAL, at: fromNow(0) } }));
    assert.equal((await runCli(["whoami"], environmentOf(server))).stdout, `${PRINCIPAL}\n`);
  });

  it("policy show prints a policy that policy check takes, and policy diff finds no difference to it", async () => {
    server.respond(() => ({ body: DEFAULT_POLICY }));
    const { stdout } = await runCli(["policy", "show", "-o", "json"], environmentOf(server));
    writeFileSync(file, stdout);
    assert.equal((await runCli(["policy", "check", file], environmentOf(server))).status, 0);
    assert.equal((await runCli(["policy", "diff", file], environmentOf(server))).stdout, "no difference\n");
  });

  it("policy diff names each rule and member that would change", async () => {
    server.respond(() => ({ body: DEFAULT_POLICY }));
    const [first, ...rest] = DEFAULT_POLICY.rules;
    assert.ok(first !== undefined && rest.length > 0);
    const rules = [
      ...rest.slice(1),
      { ...first, approval: "manual", maxLifetimeSeconds: 700_000 },
      { ...first, name: "new" },
    ];
    writeFileSync(file, JSON.stringify({ ...DEFAULT_POLICY, version: "mine-1", rules }));
    const { stdout } = await runCli(["policy", "diff", file], environmentOf(server));
    const lines = stdout.trimEnd().split("\n");
    assert.ok(lines.includes(`policy: version: "${DEFAULT_POLICY.version}" → "mine-1"`));
    assert.ok(lines.includes(`rule ${first.name}: approval: "auto" → "manual"`));
    assert.ok(lines.includes(`rule ${first.name}: maxLifetimeSeconds: ${first.maxLifetimeSeconds} → 700000`));
    assert.ok(lines.some((line) => line.startsWith(`rule ${rest[0]?.name ?? ""}: gone: {`)));
    assert.ok(lines.some((line) => line.startsWith("rule new: new: {")));
  });
});
