import assert from "node:assert/strict";
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { REAL_FILE_SYSTEM, type FileSystem } from "../../agent/directory/file-system.ts";
import { currentCertificate, currentPath, testNode } from "./support/joined-node.ts";
import { DAY, healthOf, HOUR, named, runningNode } from "./support/running-node.ts";
import type { Fault } from "./support/service-fault.ts";

describe("nodeseal-agent run, in trouble", () => {
  it("lives through an outage of hours, and renews soon after it ends", async (t) => {
    const node = await runningNode(t, (service) => {
      service.renewAfterShare = 0.72;
    });
    const down: Fault[] = Array.from({ length: 5000 }, () => "lost request");
    const outageStart = 15 * HOUR;
    node.clock.after(outageStart, () => {
      node.service.fail("renew", ...down);
      node.service.fail("window", ...down);
    });
    node.clock.after(outageStart + 6 * HOUR, () => node.service.faults.clear());
    const events = await node.runFor(36 * HOUR);
    const [renewal] = named(events, "renewed");
    const sinceOutage =
      (new Date(renewal?.time ?? 0).getTime() - new Date(events[0]?.time ?? 0).getTime()) / 1000 -
      outageStart -
      6 * HOUR;
    assert.ok(sinceOutage < 310, `${sinceOutage} s after the outage`);
    const failures = named(events, "renewal_failed");
    assert.match(String(failures[0]?.["error"]), /cannot reach the test service/);
    const pauses = failures.map(({ retryInSeconds }) => Number(retryInSeconds));
    assert.ok(pauses.every((seconds) => seconds <= 300));
    assert.ok(
      pauses.slice(10).every((seconds) => seconds >= 149),
      "it settles at the longest pause",
    );
    assert.equal(node.service.tokenUses.size, 1);
  });

  it("waits as long as a busy service asks, but not until the certificate is in danger", async (t) => {
    const node = await runningNode(t);
    const storm = (seconds: number): Fault => ({
      status: 429,
      code: "rate_limited",
      headers: { "retry-after": String(seconds) },
    });
    node.service.fail("renew", storm(1800), storm(365 * DAY));
    const [first, second] = named(await node.runFor(2 * DAY), "renewal_failed");
    assert.ok(Number(first?.["retryInSeconds"]) >= 1800 && Number(first?.["retryInSeconds"]) <= 2160);
    assert.ok(Number(second?.["retryInSeconds"]) < 5 * HOUR);
    assert.ok(new Date(currentCertificate(node.directory).validTo) > node.clock.now());
  });

  it("keeps short-lived certificates alive through an outage that is shorter than their last tenth", async (t) => {
    const node = await testNode(t);
    node.service.lifetimeSeconds = 600;
    await node.join();
    for (let hour = 1; hour < 5; hour++) {
      node.clock.after(hour * HOUR, () => node.service.fail("renew", { status: 503 }, { status: 503 }, "lost answer"));
    }
    let expired = 0;
    for (let at = 60; at < 5 * HOUR; at += 60) {
      node.clock.after(at, () => {
        if (new Date(currentCertificate(node.directory).validTo) < node.clock.now()) expired++;
      });
    }
    node.clock.after(5 * HOUR, () => node.stop());
    await node.run("run");
    assert.equal(expired, 0);
  });

  it("says that it was revoked, asks ever more rarely, and goes on when the node has joined again", async (t) => {
    const node = await runningNode(t);
    node.clock.after(HOUR, () => node.service.nodes.set("system:node:n1", { revoked: true }));
    const events = await node.runFor(3 * DAY);
    const failures = named(events, "renewal_failed");
    assert.partialDeepStrictEqual(failures[0], { level: "error", code: "certificate_revoked" });
    assert.ok(failures.length < 3 * 24 * 2.2 + 12, `${failures.length} attempts in three days`);
    assert.equal(healthOf(node).refusalCode, "certificate_revoked");

    node.service.nodes.clear();
    node.clock.after(HOUR, () => void node.join());
    const after = await node.runFor(DAY);
    assert.ok(named(after, "certificate").length >= 2);
  });

  it("cannot be used from a copy of its disk once it has renewed: the copy is refused, and seen", async (t) => {
    const node = await runningNode(t);
    const [copy, original] = [`${node.directory}.copy`, `${node.directory}.original`];
    cpSync(node.directory, copy, { recursive: true, verbatimSymlinks: true });
    await node.runFor(22 * HOUR);
    renameSync(node.directory, original);
    renameSync(copy, node.directory);
    const { exitStatus, stderr } = await node.run("renew", "--force");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /somebody else may hold a copy of this disk/);
    assert.equal(node.service.copiesSeen.length, 1);
    rmSync(node.directory, { recursive: true });
    renameSync(original, node.directory);
    assert.deepEqual(named(await node.runFor(2 * DAY), "renewal_failed"), []);
  });

  for (const [code, says] of [
    ["ENOSPC", /the disk is full; free some space/],
    ["EROFS", /the file system is read-only/],
  ] as const) {
    it(`lives through ${code}, says so, and renews when it is over`, async (t) => {
      let isBad = false;
      const fileSystem: FileSystem = {
        ...REAL_FILE_SYSTEM,
        openSync: (path, flags, mode) => {
          if (isBad && flags !== "r") throw Object.assign(new Error(`${code}: a fault`), { code });
          return REAL_FILE_SYSTEM.openSync(path, flags, mode);
        },
      };
      const node = await runningNode(t, undefined, { fileSystem });
      node.clock.after(HOUR, () => (isBad = true));
      node.clock.after(22 * HOUR, () => (isBad = false));
      const events = await node.runFor(23 * HOUR);
      const failures = events.filter(({ error }) => error !== undefined);
      assert.ok(failures.length > 0 && failures.every(({ error }) => says.test(String(error))));
      assert.equal(named(events, "renewed").length, 1);
      assert.equal(node.service.issuances.size, 2, "a key was lost on the way");
    });
  }

  it("lives through a directory that is damaged, and goes on when it is whole again", async (t) => {
    const node = await runningNode(t);
    const [link, away] = [currentPath(node.directory), join(node.directory, "away")];
    node.clock.after(HOUR, () => renameSync(link, away));
    node.clock.after(2 * HOUR, () => {
      assert.equal(healthOf(node).status, "unusable");
      renameSync(away, link);
    });
    const events = await node.runFor(2 * DAY);
    assert.match(String(named(events, "directory_unusable")[0]?.["error"]), /cannot be used: it is not there/);
    assert.ok(named(events, "renewed").length >= 1);
  });
});
