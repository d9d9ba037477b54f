import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REVOCATION_REASONS } from "../../../core/ledger/issuance-record.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { entriesOf } from "../../../core/revocation/list-entries.ts";
import { revocationBench } from "../../support/revocation-bench.ts";

describe("the entries of a list of ours", () => {
  it("are read as they were written, of every reason, and none of an empty list", async () => {
    const bench = revocationBench();
    await bench.round();
    assert.equal(entriesOf((await bench.published())?.der ?? assert.fail("no list")).size, 0);
    const expected = new Map<string, string>();
    for (const reason of REVOCATION_REASONS) {
      // With and without the first bit, which the encoding keeps apart by an octet.
      for (const first of ["1", "f"]) {
        const certificate = await bench.issue(100, `${first}${randomSerialNumber().slice(1)}`);
        await bench.revoke(certificate, reason);
        expected.set(certificate.serialNumber, reason);
      }
    }
    await bench.round();
    const entries = entriesOf((await bench.published())?.der ?? assert.fail("no list"));
    assert.deepEqual(new Map([...entries].map(([serialNumber, { reason }]) => [serialNumber, reason])), expected);
    for (const { revokedAt } of entries.values())
      assert.equal(revokedAt.getTime(), Math.floor(bench.clock.now.getTime() / 1000) * 1000);
  });

  it("are refused where it is none", () => {
    for (const bytes of [[], [0x30], [0x30, 5, 1], [0x30, 0x80, 0, 0], [0x30, 2, 0x30, 5]])
      assert.throws(() => entriesOf(Uint8Array.from(bytes)), /no revocation list of ours/);
  });
});
