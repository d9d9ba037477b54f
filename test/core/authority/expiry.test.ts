import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityExpiryEvents } from "../../../core/authority/expiry.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../../core/authority/plan.ts";
import type { AuthorityState } from "../../../core/authority/authority.ts";
import { hoursFrom, NOW, testAuthorities } from "../../support/authorities.ts";

const DAY_HOURS = 24;
const plan = { ...DEFAULT_AUTHORITY_PLAN, longestLifetimeSeconds: 10 * 24 * 3600 };
const { bundle } = await testAuthorities();
const inState = (state: AuthorityState) => ({
  ...bundle,
  authorities: bundle.authorities.map((authority) => ({ ...authority, state })),
});
const eventsAfter = (days: number, state: AuthorityState = "active") =>
  authorityExpiryEvents(inState(state), plan, hoursFrom(NOW, days * DAY_HOURS)).map(
    ({ event, authorityId, daysLeft }) => `${event} ${authorityId ?? ""} ${daysLeft ?? ""}`,
  );

/** The root has 7300 days, the issuing CA 1825. */
describe("authorityExpiryEvents", () => {
  const cases: readonly { why: string; days: number; soon: readonly string[] }[] = [
    { why: "nobody at first", days: 0, soon: [] },
    { why: "nobody 40 days before the issuing CA's end", days: 1785, soon: [] },
    { why: "of the issuing CA when fewer are left than a lifetime and 30 days", days: 1785.1, soon: ["issuing-g1 39"] },
    { why: "of it when it has expired", days: 1826, soon: ["issuing-g1 -1"] },
    { why: "of the root half a year before that", days: 7110.1, soon: ["root-g1 189", "issuing-g1 -5286"] },
  ];
  for (const { why, days, soon } of cases) {
    it(`warns ${why}`, () => {
      const warnings = eventsAfter(days).filter((line) => line.startsWith("authority_expires_soon "));
      assert.deepEqual(
        warnings,
        soon.map((one) => `authority_expires_soon ${one}`),
      );
    });
  }

  it("counts the days of each CA that is not retired", () => {
    assert.deepEqual(eventsAfter(1), ["authority_days_left root-g1 7299", "authority_days_left issuing-g1 1824"]);
    assert.equal(eventsAfter(1, "prepared").length, 2);
    assert.deepEqual(eventsAfter(1, "retired"), []);
  });

  it("warns of none that signs nothing", () => {
    for (const state of ["prepared", "retiring"] as const)
      assert.ok(eventsAfter(7299, state).every((line) => line.startsWith("authority_days_left")));
  });
});
