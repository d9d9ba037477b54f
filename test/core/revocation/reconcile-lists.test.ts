import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError } from "../../../core/refusal.ts";
import type { RevocationListPlan } from "../../../core/authority/revocation-list-plan.ts";
import { publishRevocationLists } from "../../../core/revocation/reconcile-lists.ts";
import { hoursFrom } from "../../support/authorities.ts";
import { revocationBench } from "../../support/revocation-bench.ts";
import { X509Crl } from "../../support/x509.ts";

const LISTS: RevocationListPlan = { shards: 1, lifetimeSeconds: 24 * 3600, url: undefined };
const SHARDED = (url: string, shards: 16 | 256 = 16) => ({ revocationLists: { ...LISTS, shards, url } });

describe("a reconciliation's revocation lists", () => {
  it("are one of each CA, empty at first, for as long as planned", async () => {
    const bench = revocationBench();
    await bench.round();
    for (const id of ["root-g1", "issuing-g1"]) {
      const list = await bench.published(id);
      assert.deepEqual(list?.serialNumbers, []);
      assert.deepEqual([list.thisUpdate, list.nextUpdate], [bench.clock.now, hoursFrom(bench.clock.now, 24)]);
    }
  });

  it("are none where a deployment wants none", async () => {
    const bench = revocationBench({ revocationLists: undefined });
    await bench.round();
    assert.equal(await bench.published(), undefined);
    assert.equal(bench.signed.length, 2);
  });

  it("are made anew when something was revoked, and else at half of their lives", async () => {
    const bench = revocationBench();
    const [one, other] = [await bench.issue(100), await bench.issue(100)];
    const numbers: (number | undefined)[] = [];
    const round = async () => {
      await bench.round();
      const list = await bench.published();
      numbers.push(list?.number);
      return list?.serialNumbers;
    };
    assert.deepEqual(await round(), []);
    bench.advance(1);
    await bench.revoke(one);
    assert.deepEqual(await round(), [one.serialNumber]);
    bench.advance(1);
    assert.deepEqual(await round(), [one.serialNumber]);
    await bench.services.ledger.void(other.name, bench.clock.now);
    assert.deepEqual(await round(), [one.serialNumber, other.serialNumber].sort());
    bench.advance(11.99);
    await round();
    bench.advance(0.01);
    await round();
    const [first = 0, second = 0, third, fourth = 0, fifth, sixth = 0] = numbers;
    assert.deepEqual([third, fifth], [second, fourth]);
    assert.ok(first < second && second < fourth && fourth < sixth, numbers.join());
  });

  it("keep a certificate until a list was issued after its end", async () => {
    const bench = revocationBench();
    const certificate = await bench.issue(10);
    await bench.revoke(certificate);
    const seen: string[] = [];
    for (let hour = 0; hour < 60; hour++) {
      await bench.round();
      const list = await bench.published();
      const isListed = list?.serialNumbers.includes(certificate.serialNumber);
      if (isListed) seen.push(list?.thisUpdate.toISOString() ?? "");
      bench.advance(1);
    }
    const end = hoursFrom(bench.clock.now, 10 - 60).toISOString();
    assert.ok(seen.some((at) => at > end));
    assert.deepEqual((await bench.published())?.serialNumbers, []);
  });

  it("keep it also when no reconciliation was made for longer than that", async () => {
    const bench = revocationBench();
    const certificate = await bench.issue(10);
    await bench.revoke(certificate);
    await bench.round();
    bench.advance(500);
    await bench.round();
    assert.deepEqual((await bench.published())?.serialNumbers, [certificate.serialNumber]);
    bench.advance(12);
    await bench.round();
    assert.deepEqual((await bench.published())?.serialNumbers, []);
  });

  it("list what an operator revoked late, but not what had long expired", async () => {
    const bench = revocationBench();
    const certificate = await bench.issue(10);
    await bench.round();
    bench.advance(30);
    await bench.round();
    bench.advance(10);
    await bench.revoke(certificate);
    await bench.round();
    assert.deepEqual((await bench.published())?.serialNumbers, []);
  });

  it("have numbers that outrun those of a table that was restored", async () => {
    const bench = revocationBench();
    await bench.round();
    const before = (await bench.published())?.number ?? 0;
    const restored = revocationBench();
    restored.clock.now = hoursFrom(bench.clock.now, 1);
    await restored.round();
    assert.ok(((await restored.published())?.number ?? 0) > before);
  });

  it("come to a busy signer's end: told, and made by the next reconciliation", async () => {
    const bench = revocationBench();
    await bench.round();
    await bench.revoke(await bench.issue(10));
    const { signer } = bench.services;
    const { sign } = signer;
    // The root's list is not due.
    signer.sign = () => Promise.reject(new RefusalError("signer_busy", "busy"));
    await assert.rejects(bench.round(), /revocation lists lack 1/);
    assert.deepEqual((await bench.published())?.serialNumbers, []);
    assert.ok(
      bench.events.some(
        ({ event, authorityId, refusalCode }) =>
          event === "revocation_list_failed" && authorityId === "issuing-g1" && refusalCode === "signer_busy",
      ),
    );
    signer.sign = sign;
    await bench.round();
    assert.equal((await bench.published())?.serialNumbers.length, 1);
  });

  it("are not published with a signature that does not verify", async () => {
    const bench = revocationBench();
    await bench.round();
    const before = await bench.published();
    await bench.revoke(await bench.issue(10));
    const { signer } = bench.services;
    const { sign } = signer;
    signer.sign = async (keyArn, algorithm, message) => sign(keyArn, algorithm, Uint8Array.from([...message, 0]));
    await assert.rejects(bench.round(), /revocation lists lack 1/);
    assert.match(String(bench.failures.at(-1)), /does not verify/);
    assert.deepEqual(await bench.published(), before);
  });

  it("leave out a record that cannot be read, say so, and list the others", async () => {
    const bench = revocationBench();
    const certificate = await bench.issue(10);
    await bench.revoke(certificate);
    const { ledger } = bench.services;
    const listRevoked = ledger.listRevoked.bind(ledger);
    ledger.listRevoked = async (issuerId, page) => ({
      ...(await listRevoked(issuerId, page)),
      unreadable: issuerId === "issuing-g1" ? ["csr-broken"] : [],
    });
    await assert.rejects(bench.round(), /revocation lists lack 1/);
    assert.deepEqual((await bench.published())?.serialNumbers, [certificate.serialNumber]);
    const told = bench.events.find(({ event }) => event === "revocation_unreadable");
    assert.deepEqual([told?.name, told?.unreadableRecords], ["csr-broken", 1]);
  });

  it("say on the root's list which issuing CA an operator retired, and end that CA's own", async () => {
    const bench = revocationBench();
    await bench.round();
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    assert.deepEqual((await bench.published("issuing-g2"))?.serialNumbers, []);
    await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: false });
    await bench.round();
    const before = (await bench.services.authorities.read()) ?? assert.fail("there is no bundle");
    await bench.ask({ act: "retire", authorityId: "issuing-g1", isForced: true });
    bench.advance(13);
    await bench.round();
    const { authorities } = (await bench.services.authorities.read()) ?? { authorities: [] };
    assert.deepEqual(await bench.states(), ["root-g1 active", "issuing-g1 retired", "issuing-g2 active"]);
    const retired = authorities.find(({ id }) => id === "issuing-g1");
    const list = await bench.published("root-g1");
    assert.equal(list?.serialNumbers.length, 1);
    assert.ok(
      Buffer.from(retired?.certificate ?? [])
        .toString("hex")
        .includes(list.serialNumbers[0] ?? "none"),
    );
    assert.equal(
      (await bench.published("issuing-g1"))?.thisUpdate.getTime(),
      hoursFrom(bench.clock.now, -13).getTime(),
    );
    // A reconciliation that has been under way since before takes it off no list.
    await publishRevocationLists(bench.services, bench.plan, before);
    assert.deepEqual((await bench.published("root-g1"))?.serialNumbers, list.serialNumbers);
  });
});

describe("a reconciliation's sharded lists", () => {
  const digit = (first: string): string => first.padEnd(32, "5");

  it("divide what the whole list has by the first digits of serial numbers", async () => {
    const bench = revocationBench(SHARDED("http://a.example"));
    for (const first of ["1", "a0", "af", "f"]) await bench.revoke(await bench.issue(100, digit(first)));
    await bench.round();
    assert.equal((await bench.published())?.serialNumbers.length, 4);
    assert.deepEqual((await bench.published("issuing-g1", "a"))?.serialNumbers, [digit("a0"), digit("af")]);
    assert.deepEqual((await bench.published("issuing-g1", "b"))?.serialNumbers, []);
    assert.equal(await bench.published("issuing-g1", "ab"), undefined);
  });

  it("say that they are parts, the whole does not", async () => {
    const bench = revocationBench(SHARDED("http://a.example"));
    await bench.round();
    const critical = async (shard?: string) =>
      new X509Crl((await bench.published("issuing-g1", shard))?.der ?? new Uint8Array()).extensions.some(
        (one) => one.type === "2.5.29.28" && one.critical,
      );
    assert.deepEqual([await critical(), await critical("a")], [false, true]);
  });

  it("go on for certificates that were issued under another configuration", async () => {
    const bench = revocationBench(SHARDED("http://a.example"));
    await bench.round();
    Object.assign(bench.plan, SHARDED("http://b.example", 256));
    await bench.revoke(await bench.issue(100, digit("a0")));
    await bench.round();
    for (const shard of ["a", "a0"]) {
      const list = await bench.published("issuing-g1", shard);
      assert.deepEqual(list?.serialNumbers, [digit("a0")], shard);
    }
    Object.assign(bench.plan, SHARDED("http://b.example"));
    await bench.round();
    const names = Buffer.from((await bench.published("issuing-g1", "a"))?.der ?? []).toString("latin1");
    assert.match(names, /http:\/\/b\.example\/v1\/crl\/issuing-g1\/a/);
    assert.match(names, /http:\/\/a\.example\/v1\/crl\/issuing-g1\/a/);
  });
});
