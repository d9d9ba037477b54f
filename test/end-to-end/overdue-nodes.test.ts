import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { absentFleet, DAY, type AbsentFleet } from "../support/absent-fleet.ts";
import { areBundles } from "../support/local-service.ts";

const skip = areBundles ? "what ships tells in test/infra/deployed-overdue.test.ts" : false;
const PATIENCE_MS = 120_000;

/** Of the shipped policy's certificates. */
const LIFETIME = 7 * DAY;

async function overdueNames(fleet: AbsentFleet): Promise<string[]> {
  const rows = (await fleet.operator("node", "list", "--overdue")).split("\n").slice(1);
  return rows.flatMap((row) => row.split("\t", 1).filter((name) => name !== ""));
}

/** Lines of the audit log, made on the reconciliations of the service's own clock. */
function told(fleet: AbsentFleet, nodeName: string): string[] {
  const lines = fleet.service.output().split("\n");
  return lines.filter((line) => line.includes('"event":"node_overdue"') && line.includes(`"nodeName":"${nodeName}"`));
}

async function firstTold(fleet: AbsentFleet, nodeName: string): Promise<Record<string, string>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [line] = told(fleet, nodeName);
    if (line !== undefined) return JSON.parse(line) as Record<string, string>;
    if (performance.now() > deadline) throw new Error(`${nodeName} is not told of:\n${fleet.service.output()}`);
    await setTimeout(50);
  }
}

describe("nodes that stop renewing", () => {
  let fleet: AbsentFleet;
  before(async () => void (fleet = await absentFleet()));
  after(() => fleet.close());

  it("are listed, with what helps to find them, until they renew or are released", async () => {
    const silent = await fleet.join("silent.example");
    for (const name of ["gone.example", "released.example", "revoked.example"]) await fleet.join(name);
    await fleet.operator("node", "release", "released.example");
    await fleet.operator("node", "revoke", "revoked.example");
    await fleet.time.travel(LIFETIME * 0.8);
    await fleet.join("late.example");
    assert.deepEqual(await overdueNames(fleet), []);

    await fleet.time.travel(LIFETIME * 0.15);
    assert.deepEqual((await overdueNames(fleet)).sort(), ["gone.example", "silent.example"]);
    const row = (await fleet.operator("node", "list", "--overdue")).split("\n").find((one) => one.startsWith("silent"));
    assert.match(
      row ?? "",
      /^silent\.example\tActive\t[78]h\d*m?\t\S+Z\t[67]h\d*m?\t6d\d*h?\t\d+\.\d+\.\d+\tkubernetes\.io/,
    );
    assert.match(await fleet.operator("node", "show", "silent.example"), /^Overdue since: +\S+Z \([^)]+ ago\)$/m);
    if (!areBundles) await Promise.all([firstTold(fleet, "silent.example"), firstTold(fleet, "gone.example")]);

    assert.equal((await silent.agent("renew")).status, 0);
    assert.deepEqual(await overdueNames(fleet), ["gone.example"]);
    await fleet.operator("node", "release", "gone.example");
    assert.deepEqual(await overdueNames(fleet), []);
  });

  it("are told of once, and those that were released or revoked never", { skip }, async () => {
    await fleet.time.travel(LIFETIME * 0.77);
    // Only now: there has been a reconciliation.
    const late = await firstTold(fleet, "late.example");
    assert.ok(Date.parse(late["overdueSince"] ?? "") < Date.parse(late["notAfter"] ?? ""));
    assert.match(late["agentVersion"] ?? "", /^\d+\.\d+\.\d+$/);
    const names = ["silent", "gone", "late", "released", "revoked"];
    assert.deepEqual(
      names.map((name) => told(fleet, `${name}.example`).length),
      [1, 1, 1, 0, 0],
    );
  });
});

describe("nodes that stop renewing certificates of ten minutes", { skip }, () => {
  let fleet: AbsentFleet;
  const rules = DEFAULT_POLICY.rules.map((rule) => ({ ...rule, defaultLifetimeSeconds: 600, maxLifetimeSeconds: 600 }));
  before(async () => void (fleet = await absentFleet({ ...DEFAULT_POLICY, rules })));
  after(() => fleet.close());

  it("are told of all the same", async () => {
    await fleet.join("short.example");
    await fleet.time.travel(400);
    assert.equal((await firstTold(fleet, "short.example"))["nodeName"], "short.example");
  });
});
