import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Der } from "../../../core/asn1/der.ts";
import { publishRevocationLists } from "../../../core/revocation/reconcile-lists.ts";
import { revocationBench, serialNumbersIn } from "../../support/revocation-bench.ts";

type Bench = ReturnType<typeof revocationBench>;

/** What anybody may have been shown, in order, and what was signed under which number. */
function watched(bench: Bench) {
  const shown: { readonly number: number; readonly der: Der }[] = [];
  const look = async (): Promise<void> => {
    const list = await bench.published();
    if (list !== undefined && list.number !== shown.at(-1)?.number) shown.push(list);
  };
  return { shown, look };
}

/** Numbers only grow, each stands for one content, and nobody is taken off a list again. */
function assertOrdered(shown: readonly { readonly number: number; readonly der: Der }[], bench: Bench): void {
  const numbers = shown.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((one, other) => one - other),
  );
  for (const [index, { der }] of shown.entries()) {
    const listed = new Set(serialNumbersIn(der));
    const missing = serialNumbersIn(shown[index - 1]?.der ?? der).filter((one) => !listed.has(one));
    assert.deepEqual(missing, [], "a certificate is off the list again");
  }
  const asked = bench.events.flatMap(({ event, authorityId, listNumber }) =>
    event === "revocation_list_reserved" && authorityId === "issuing-g1" ? [listNumber] : [],
  );
  assert.equal(new Set(asked).size, asked.length, "a number was signed twice");
}

class Crash extends Error {}

describe("a crash between any two calls of a reconciliation that makes lists", () => {
  for (const [when, why] of [
    ["beforeEach", "before each"],
    ["afterEach", "its answer lost"],
  ] as const) {
    it(`costs nothing but a number (${why})`, async () => {
      for (let at = 1; ; at++) {
        const bench = revocationBench();
        await bench.round();
        const { shown, look } = watched(bench);
        await look();
        const certificate = await bench.issue(100);
        await bench.revoke(certificate);
        bench.advance(1);
        let [count, isDead] = [0, false];
        const die = () => {
          if (when === "beforeEach") count++;
          isDead ||= count === at;
          return isDead ? Promise.reject(new Crash()) : Promise.resolve();
        };
        bench.hooks.beforeEach =
          when === "beforeEach" ? die : () => (count++, isDead ? Promise.reject(new Crash()) : Promise.resolve());
        bench.hooks.afterEach = when === "afterEach" ? die : undefined;
        await bench.round().catch(() => undefined);
        Object.assign(bench.hooks, { beforeEach: undefined, afterEach: undefined });
        await look();
        await bench.round();
        await look();
        assert.deepEqual(serialNumbersIn(shown.at(-1)?.der ?? new Uint8Array()), [certificate.serialNumber]);
        assertOrdered(shown, bench);
        if (count < at) return;
      }
    });
  }
});

describe("reconciliations at the same time", () => {
  it("never show an older list after a newer one, nor one number twice", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const bench = revocationBench();
      await bench.round();
      const { shown, look } = watched(bench);
      // A generator of its own, so that each run is the same.
      let state = seed;
      const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
      const pause = async (turns: number): Promise<void> => {
        for (let turn = turns; turn > 0; turn--) await new Promise((resolve) => void setImmediate(resolve));
      };
      // One look after the other, so that what is seen first was there first.
      let looking = Promise.resolve();
      bench.hooks.afterEach = async (operation) => {
        await pause(random(5));
        if (operation === "lists.read" || operation === "lists.fetch") return;
        if (random(2) === 0) looking = looking.then(look);
      };
      const { services, plan } = bench;
      const listRevoked = services.ledger.listRevoked.bind(services.ledger);
      services.ledger.listRevoked = async (...args) => {
        const page = await listRevoked(...args);
        // Now and then as long as another's whole reconciliation.
        await pause(random(3) === 0 ? 40 : 0);
        return page;
      };
      const bundle = await services.authorities.read();
      assert.ok(bundle !== undefined);
      const certificates = await Promise.all([0, 1, 2, 3].map(() => bench.issue(100)));
      await Promise.all(
        certificates.map(async (certificate) => {
          // Else all read the same, and one alone comes past its first write.
          await pause(random(30));
          await bench.revoke(certificate);
          // Whoever loses says so.
          await publishRevocationLists(services, plan, bundle).catch((error: unknown) =>
            assert.match(String(error), /revocation lists lack/),
          );
        }),
      );
      bench.hooks.afterEach = undefined;
      await looking;
      await bench.round();
      await look();
      assert.equal(serialNumbersIn(shown.at(-1)?.der ?? new Uint8Array()).length, 4);
      assertOrdered(shown, bench);
    }
  });
});
