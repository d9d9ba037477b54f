import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trustBundlePem } from "../../../../core/authority/authority.ts";
import { parseCertificate, publicKeyOf } from "../../../../core/certificate/certificate.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { hoursFrom, NOW } from "../../../support/authorities.ts";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";
import { nodeRecord, nodeSlot } from "../../../support/stored-records.ts";

const DAY_HOURS = 24;

describe("reconcileAuthorities", () => {
  it("prepares, activates and retires what it is asked for, and publishes each time", async () => {
    const bench = reconciliationBench();
    await bench.round();
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: false });
    await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 retiring", "issuing-g2 active"]);
    await bench.ask({ act: "retire", authorityId: "issuing-g1", isForced: false });
    const bundle = await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 retired", "issuing-g2 active"]);
    assert.equal(bundle.sequence, 4);
    assert.equal(bench.published.length, 4);
    assert.equal(bench.published.at(-1), trustBundlePem(bundle));
    assert.deepEqual(
      bench.events
        .filter(({ event }) => event !== "authority_days_left")
        .map(({ event, authorityId, username }) => [event, authorityId, username]),
      [
        ["authority_created", "root-g1", undefined],
        ["authority_created", "issuing-g1", undefined],
        ["authority_prepared", "issuing-g2", "operator"],
        ["authority_activated", "issuing-g2", "operator"],
        ["authority_retired", "issuing-g1", "operator"],
      ],
    );
  });

  it("changes and publishes nothing when nobody asks", async () => {
    const bench = reconciliationBench();
    const first = await bench.round();
    assert.equal(await bench.round().then(({ sequence }) => sequence), first.sequence);
    assert.equal(bench.published.length, 1);
  });

  it("gives each generation a subject, a key and a serial number of its own", async () => {
    const bench = reconciliationBench();
    for (const role of ["issuing", "root", "issuing"] as const) {
      await bench.round();
      await bench.ask({ act: "prepare", role });
      await bench.round();
    }
    const { authorities } = await bench.round();
    const certificates = authorities.map(({ certificate }) => parseCertificate(certificate));
    for (const part of ["subjectName", "spki", "subjectKeyId"] as const)
      assert.equal(new Set(certificates.map((one) => Buffer.from(one[part] ?? []).toString("hex"))).size, 5, part);
    assert.equal(new Set(certificates.map(({ serialNumber }) => serialNumber)).size, 5);
  });

  it("lets a new root sign the issuing CAs after it, and none before it is active", async () => {
    const bench = reconciliationBench();
    await bench.round();
    await bench.ask({ act: "prepare", role: "root" });
    await bench.round();
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    await bench.ask({ act: "activate", authorityId: "root-g2", isForced: false });
    await bench.round();
    await bench.ask({ act: "prepare", role: "issuing" });
    const { authorities } = await bench.round();
    const of = (id: string) =>
      parseCertificate(authorities.find((one) => one.id === id)?.certificate ?? Buffer.alloc(0));
    assert.deepEqual(of("issuing-g2").issuerName, of("root-g1").subjectName);
    assert.deepEqual(of("issuing-g3").issuerName, of("root-g2").subjectName);
    assert.ok(publicKeyOf(of("root-g2")));
    assert.deepEqual(await bench.states(), [
      "root-g1 retiring",
      "issuing-g1 active",
      "root-g2 active",
      "issuing-g2 prepared",
      "issuing-g3 prepared",
    ]);
  });

  it("keeps a new root waiting for the fleet: for the last node that has not reported its bundle", async () => {
    const bench = reconciliationBench();
    const node = (name: string, trustBundleSequence: number | undefined, notAfter = hoursFrom(NOW, 1)) =>
      bench.services.nodes.write(
        nodeRecord(name, { anchor: nodeSlot({ notAfter }), agent: { version: "1", trustBundleSequence } }),
      );
    await bench.round();
    await node("ready", 2);
    await node("late", 1);
    await node("kubelet", undefined);
    await node("gone", 1, hoursFrom(NOW, -1));
    await bench.ask({ act: "prepare", role: "root" });
    await bench.round();
    const changeRequest = await bench.ask({ act: "activate", authorityId: "root-g2", isForced: false });
    await bench.round();
    const { state, reason } = (await bench.outcome(changeRequest.number)) ?? {};
    assert.equal(state, "held");
    assert.match(
      reason ?? "",
      /trust bundle 2, .*: (kubelet \(never said\), late \(holds 1\)|late \(holds 1\), kubelet \(never said\)); --force/,
    );
    const forced = await bench.ask({ act: "activate", authorityId: "root-g2", isForced: true });
    assert.notEqual(forced.number, changeRequest.number);
    await bench.round();
    assert.equal((await bench.outcome(forced.number))?.state, "done");
    assert.deepEqual(
      (await bench.services.changeRequests.readChangeRequests()).changeRequests.map(({ number }) => number),
      [1, forced.number],
    );
  });

  it("does not look at a held change request again before its time", async () => {
    const bench = reconciliationBench({ recheckSeconds: 600 });
    await bench.round();
    await bench.services.nodes.write(nodeRecord("late", { anchor: nodeSlot({ notAfter: hoursFrom(NOW, 9) }) }));
    await bench.ask({ act: "prepare", role: "root" });
    await bench.round();
    const { number } = await bench.ask({ act: "activate", authorityId: "root-g2", isForced: false });
    await bench.round();
    const first = await bench.outcome(number);
    bench.clock.now = hoursFrom(NOW, 0.1);
    await bench.round();
    assert.deepEqual(await bench.outcome(number), first);
    bench.clock.now = hoursFrom(NOW, 10);
    await bench.round();
    assert.equal((await bench.outcome(number))?.state, "done");
  });

  it("makes the CAs whose keys a deployment brought, and no other", async () => {
    const bench = reconciliationBench({ generations: { root: 1, issuing: 2 } });
    await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    const { number } = await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    assert.deepEqual(
      [(await bench.outcome(number))?.state, (await bench.outcome(number))?.reason],
      ["refused", "there is no key for issuing-g3; deploy with authority.issuingGenerations 3 first"],
    );
    assert.equal(bench.keys.size, 3);
  });

  it("prepares the successor of a CA that ends soon, once, and leaves its activation to people", async () => {
    const bench = reconciliationBench({ issuingLifetimeSeconds: 100 * 24 * 3600 });
    await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 active"]);
    bench.clock.now = hoursFrom(NOW, 50 * DAY_HOURS);
    await bench.round();
    await bench.round();
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    assert.equal(bench.events.filter(({ event }) => event === "authority_expires_soon").length, 1, "once a day");
  });

  it("goes on with everything else when the book of change requests cannot be read", async () => {
    const bench = reconciliationBench();
    bench.hooks.beforeEach = (operation) =>
      operation === "changeRequests.readChangeRequests" ? Promise.reject(new Error("unreadable")) : Promise.resolve();
    await bench.round();
    assert.equal(bench.published.length, 1);
    assert.equal(bench.failures.length, 1);
  });

  it("holds a change request whose key is busy, and does it when it is not", async () => {
    const bench = reconciliationBench();
    await bench.round();
    const { number } = await bench.ask({ act: "prepare", role: "issuing" });
    bench.hooks.beforeEach = (operation) =>
      operation === "signer.sign" ? Promise.reject(new RefusalError("signer_busy", "KMS is busy")) : Promise.resolve();
    await bench.round();
    assert.deepEqual(
      [(await bench.outcome(number))?.state, (await bench.outcome(number))?.reason],
      ["held", "KMS is busy"],
    );
    bench.hooks.beforeEach = undefined;
    await bench.round();
    assert.equal((await bench.outcome(number))?.state, "done");
  });
});
