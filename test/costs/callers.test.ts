import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { whyNoDynamoDbLocal } from "../support/dynamodb-servers.ts";
import { displacements } from "./paused-acts.ts";
import { callerCosts, pageWithCosts, SECURITY_PAGE, type CallerCost } from "./table.ts";

const HOUR_MS = 3_600_000;
const skip = whyNoDynamoDbLocal() ?? false;

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has Amazon's DynamoDB Local to count what callers cost", { skip }, () => undefined);

describe("one anchor certificate", () => {
  it("has at most 12 finished certificates put aside in an hour, and 36 in a day", async () => {
    const times = await displacements();
    assert.ok(times.length > 20 && times.length <= 36, `${times.length} in a day`);
    for (const from of times) {
      const within = times.filter((time) => time >= from && time < from + HOUR_MS).length;
      assert.ok(within <= 12, `${within} in an hour`);
    }
  });
});

describe("what one caller can cost", { skip }, () => {
  let costs: readonly CallerCost[] = [];
  before(async () => {
    costs = await callerCosts();
  });

  it("is what SECURITY.md says: node test/costs/table.ts draws it anew", () => {
    const page = readFileSync(SECURITY_PAGE, "utf8");
    assert.equal(pageWithCosts(page, costs), page);
  });

  it("is, for a renewal that is refused, two write units, one short-lived row, and no list entry", () => {
    const refused = costs.filter(
      ({ caller, does }) => /replaced|revoked|not on record/.test(caller) && does === "renews",
    );
    assert.equal(refused.length, 3);
    for (const { writeUnits, signatures, listEntries, storedBytes } of refused) {
      assert.ok(writeUnits <= 2, `${writeUnits} write units`);
      assert.deepEqual([signatures, listEntries], [0, 0]);
      assert.ok(storedBytes > 0 && storedBytes <= 1024, `${storedBytes} bytes`);
    }
  });

  it("is bounded for a list by nobody of note: a hundred items of 16 KiB, in units of 4 KiB", () => {
    const [list] = costs.filter(({ does }) => does.startsWith("lists "));
    assert.ok(list);
    assert.ok(list.readUnits <= 100 * 5 + 10, `${list.readUnits} read units`);
    assert.equal(list.writeUnits, 0);
  });

  it("is nothing but reads for who has nothing", () => {
    for (const { caller, does, ...cost } of costs.filter((one) => one.caller === "anybody"))
      assert.deepEqual([cost.writeUnits, cost.signatures, cost.storedBytes], [0, 0, 0], `${caller} ${does}`);
  });
});
