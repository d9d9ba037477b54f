import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";
import { issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { certificateOf } from "../../../core/issuance/issuance-answer.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { cachedRevocationLists } from "../../../core/revocation/list-directory.ts";
import {
  cachedRevokedFingerprints,
  MOST_FINGERPRINTS,
  type RevokedFingerprints,
} from "../../../core/revocation/revoked-fingerprints.ts";
import { revocationBench, type HeldCertificate } from "../../support/revocation-bench.ts";
import { completion, reservedRecord } from "../../support/stored-records.ts";

const TWO_SECONDS_HOURS = 2 / 3600;

describe("the fingerprints of revoked certificates", () => {
  let bench: ReturnType<typeof revocationBench>;
  let fingerprints: RevokedFingerprints;
  let reads: string[];

  beforeEach(async () => {
    bench = revocationBench();
    await bench.round();
    reads = [];
    const { ledger, lists, clock } = bench.services;
    const noted = {
      listRevoked: (...args: Parameters<typeof ledger.listRevoked>) => (
        reads.push("list"),
        ledger.listRevoked(...args)
      ),
      findBySerialNumber: (...args: Parameters<typeof ledger.findBySerialNumber>) => (
        reads.push("certificate"),
        ledger.findBySerialNumber(...args)
      ),
    };
    const revocationLists = cachedRevocationLists(lists, clock);
    fingerprints = cachedRevokedFingerprints({ revocationLists, ledger: noted, clock });
  });

  const directory = async () =>
    issuerDirectory((await bench.services.authorities.read()) ?? assert.fail("there is no bundle"));
  const told = async () => fingerprints(await directory());
  const fingerprintOf = async ({ name }: HeldCertificate): Promise<string> => {
    const record = (await bench.services.ledger.read(name)) ?? assert.fail("it is not on record");
    const der = certificateOf(record, await directory()) ?? assert.fail("it was not signed");
    return createHash("sha256").update(der).digest("hex");
  };

  it("are told as soon as a certificate is revoked, without a new list, and of no other", async () => {
    const [one, other] = [await bench.issue(100), await bench.issue(100)];
    await bench.issue(100);
    assert.deepEqual(await told(), []);
    await bench.revoke(one);
    bench.advance(TWO_SECONDS_HOURS);
    assert.deepEqual(await told(), [await fingerprintOf(one)]);
    await bench.revoke(other);
    bench.advance(TWO_SECONDS_HOURS);
    assert.deepEqual(await told(), [await fingerprintOf(one), await fingerprintOf(other)].sort());
  });

  it("cost one read in two seconds, and each certificate once", async () => {
    for (let count = 0; count < 3; count++) await bench.revoke(await bench.issue(100));
    await told();
    assert.deepEqual(reads.splice(0), ["list", "certificate", "certificate", "certificate"]);
    for (let times = 0; times < 5; times++) await told();
    assert.deepEqual(reads, []);
    bench.advance(TWO_SECONDS_HOURS);
    await told();
    assert.deepEqual(reads, ["list"]);
  });

  it("are gone when the certificate has expired, and are found after a long silence", async () => {
    const [short, long] = [await bench.issue(1), await bench.issue(100)];
    await bench.revoke(short);
    assert.deepEqual(await told(), [await fingerprintOf(short)]);
    await bench.revoke(long);
    bench.advance(2);
    assert.deepEqual(await told(), [await fingerprintOf(long)]);
  });

  it("are not those of servers, nor of what was never signed", async () => {
    const { ledger } = bench.services;
    const server = reservedRecord({ usages: ["digital signature", "server auth"] }, { issuerId: "issuing-g1" });
    const unsigned = reservedRecord({}, { issuerId: "issuing-g1" });
    for (const record of [server, unsigned]) await ledger.reserve(record);
    await ledger.complete(server.name, completion());
    const revocation = { reason: "keyCompromise", by: "operator", at: bench.clock.now } as const;
    for (const { name } of [server, unsigned]) await ledger.revoke(name, revocation);
    assert.deepEqual(await told(), []);
  });

  it("are unknown without revocation lists", async () => {
    const { ledger, clock } = bench.services;
    const none = cachedRevokedFingerprints({ revocationLists: () => Promise.resolve(undefined), ledger, clock });
    assert.equal(await none(await directory()), undefined);
  });

  it("are refused rather than cut when there are too many", async () => {
    const { clock } = bench.services;
    const notAfter = new Date(clock().getTime() + 3_600_000);
    const items = Array.from({ length: MOST_FINGERPRINTS + 1 }, (_, at) => ({
      serialNumber: at.toString(16).padStart(32, "1") as HeldCertificate["serialNumber"],
      notAfter,
      revokedAt: clock(),
      reason: "keyCompromise" as const,
    }));
    const ledger = {
      listRevoked: () => Promise.resolve({ items, unreadable: [], cursor: undefined }),
      findBySerialNumber: () => Promise.resolve(undefined),
    };
    const revocationLists = cachedRevocationLists(bench.services.lists, clock);
    const many = cachedRevokedFingerprints({ revocationLists, ledger, clock });
    const asked = many(await directory());
    await assert.rejects(asked, (error) => error instanceof RefusalError && error.code === "too_large");
  });
});
