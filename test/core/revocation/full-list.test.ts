import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fittingEntries } from "../../../core/revocation/list-fit.ts";
import type { RevokedCertificate } from "../../../core/revocation/revocation-ledger.ts";
import { entryOctets } from "../../../core/revocation/revocation-list.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { publishRevocationList } from "../../../core/revocation/publish-list.ts";
import { issuerOf } from "../../../core/authority/authority.ts";
import { WHOLE } from "../../../core/authority/revocation-shard.ts";
import { revocationBench } from "../../support/revocation-bench.ts";
import { minutesLater } from "../../support/stored-records.ts";

const ED25519 = { keySpec: "Ed25519" } as const;

/** Displaced so many minutes ago, or revoked by an operator. */
function entry(minute: number, by: "displaced" | "operator"): RevokedCertificate {
  const common = {
    serialNumber: randomSerialNumber(),
    notAfter: new Date("2032-01-01T00:00:00Z"),
    revokedAt: minutesLater(minute),
  };
  return by === "displaced"
    ? { ...common, reason: "superseded", isDisplaced: true }
    : { ...common, reason: "superseded" };
}

describe("what a list has room for", () => {
  const displaced = [3, 1, 2, 0].map((minute) => entry(minute, "displaced"));
  const operators = [5, 4].map((minute) => entry(minute, "operator"));
  const octetsOf = (entries: readonly RevokedCertificate[]): number =>
    entries.reduce((sum, one) => sum + entryOctets(one), 0);
  const [third, second, , first] = displaced;

  it("is all, where there is room", () => {
    const all = [...displaced, ...operators];
    const { entries, omitted } = fittingEntries(all, octetsOf(all));
    assert.deepEqual(new Set(entries), new Set(all));
    assert.equal(omitted, 0);
  });

  it("is what operators revoked, whatever the reason, and of the displaced the first", () => {
    assert.ok(first && second && third);
    const room = octetsOf([...operators, first, second]) + 20;
    const { entries, omitted, share } = fittingEntries([...displaced, ...operators], room);
    assert.equal(entries.length, 4);
    assert.ok(operators.every((one) => entries.includes(one)));
    assert.ok(entries.includes(first) && !entries.includes(third));
    assert.equal(omitted, 2);
    assert.equal(share, octetsOf(operators) / room);
  });
});

/** 4,096 octets in all. */
describe("the list of a CA with an Ed25519 key", () => {
  it("holds an operator's revocation after 200 displaced certificates, and says what it left out", async () => {
    const bench = revocationBench(ED25519);
    await bench.round();
    for (let index = 0; index < 200; index++) {
      const { name } = await bench.issue(100);
      await bench.services.ledger.void(name, bench.clock.now);
    }
    await bench.round();
    const full = await bench.published();
    const victim = await bench.issue(100);
    bench.advance(0.1);
    await bench.revoke(victim, "superseded");
    await bench.round();
    const list = await bench.published();
    assert.ok(list);
    assert.ok(list.serialNumbers.includes(victim.serialNumber), `${list.serialNumbers.length} others are on it`);
    assert.ok(list.serialNumbers.length > 70, `it has room for more than ${list.serialNumbers.length}`);
    const kept = list.serialNumbers.filter((one) => full?.serialNumbers.includes(one));
    assert.ok(kept.length >= list.serialNumbers.length - 1, "what had room keeps it");
    assert.deepEqual(
      bench.events.filter(({ event }) => event === "revocation_list_shortened").map((one) => one.omittedCertificates),
      [200 - (full?.serialNumbers.length ?? 0), 201 - list.serialNumbers.length],
    );
    assert.deepEqual(bench.failures, []);
  });

  it("tells when operators' revocations alone take seven tenths of it, and fails when they are too many", async () => {
    const bench = revocationBench(ED25519);
    await bench.round();
    const told = () => bench.events.filter(({ event }) => event === "revocation_list_filling");
    const revokeMore = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await bench.revoke(await bench.issue(100), "keyCompromise");
    };
    await revokeMore(50);
    await bench.round();
    assert.deepEqual(told(), []);
    await revokeMore(10);
    await bench.round();
    const percent = told()[0]?.percentFull ?? 0;
    assert.ok(percent >= 70 && percent < 80, String(percent));
    await revokeMore(30);
    await assert.rejects(bench.round(), /lack 1 of what they should have/);
    assert.match(String(bench.failures[0]), /all revoked by operators, is longer .*revocationLists\.shards/);
    assert.equal((await bench.published())?.serialNumbers.length, 60, "the last list stays");
  });
});

describe("the list of a CA with a P-256 key", () => {
  it("holds an operator's revocation after more displaced certificates than can be served", async () => {
    const bench = revocationBench();
    await bench.round();
    const authority = (await bench.services.authorities.read())?.authorities.find(({ id }) => id === "issuing-g1");
    assert.ok(authority);
    const issuer = issuerOf(authority);
    const certificates = Array.from({ length: 93_500 }, (_, index) => entry(index / 1000, "displaced"));
    const victim = entry(1000, "operator");
    const content = { issuer, shard: WHOLE, certificates: [...certificates, victim], distributionPoints: [] };
    const plan = { shards: 1, lifetimeSeconds: 24 * 3600, url: undefined } as const;
    await publishRevocationList(
      bench.services,
      plan,
      content,
      await bench.services.lists.read({ authorityId: issuer.id, shard: WHOLE }),
    );
    const { published } = await bench.services.lists.read({ authorityId: issuer.id, shard: WHOLE });
    assert.ok(published && published.octets <= 4_600_200 && published.octets > 4_590_000, String(published?.octets));
    const der = await bench.services.lists.fetch({ authorityId: issuer.id, shard: WHOLE }, published);
    assert.ok(der && Buffer.from(der).includes(Buffer.from(victim.serialNumber, "hex")));
  });
});
