import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRenewalWatchStore } from "../../../../adapters/memory/renewal-watch-store.ts";
import { reconcileOnSchedule } from "../../../../core/authority/reconciliation/scheduled-reconciliation.ts";
import { DEFAULT_WATCH_LIMITS } from "../../../../core/renewal/watch-renewals.ts";
import { revocationBench } from "../../../support/revocation-bench.ts";

const STEPS = {
  "the CAs": "changeRequests.readProgress",
  "the lists": "lists.write",
  "the watch": "watches.read",
} as const;

describe("reconcileOnSchedule", () => {
  for (const [what, broken] of Object.entries(STEPS)) {
    it(`does all else when something is wrong with ${what}, and then fails`, async () => {
      const bench = revocationBench();
      const done = new Set<string>();
      const hooks = {
        beforeEach: (operation: string) => {
          done.add(operation);
          return operation === broken ? Promise.reject(new Error(`no ${operation}`)) : Promise.resolve();
        },
      };
      const services = { ...bench.services, watches: memoryRenewalWatchStore(hooks) };
      await bench.round();
      bench.advance(13);
      bench.hooks.beforeEach = hooks.beforeEach;
      const bundle = (await services.authorities.read()) ?? assert.fail("no bundle");
      await assert.rejects(reconcileOnSchedule(services, bench.plan, bundle, DEFAULT_WATCH_LIMITS));
      for (const operation of Object.values(STEPS)) assert.ok(done.has(operation), `${operation} was not called`);
    });
  }
});
