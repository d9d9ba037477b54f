import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Authority, TrustBundle } from "../../../core/authority/authority.ts";
import type { AuthorityStore } from "../../../core/authority/authority-store.ts";
import { randomOctets } from "../../support/stored-records.ts";

function authority(id: string, changes: Partial<Authority> = {}): Authority {
  return {
    id,
    role: "issuing",
    state: "active",
    certificate: randomOctets(500),
    keyArn: `arn:aws:kms:eu-central-1:123456789012:key/${id}`,
    ...changes,
  };
}

function bundle(sequence: number, authorities: readonly Authority[] = [authority("issuing-g1")]): TrustBundle {
  return { sequence, authorities };
}

/** Every sentence of `AuthorityStore` as a test. `create` gives an empty store. */
export function authorityStoreContract(create: () => Promise<AuthorityStore>): void {
  describe("AuthorityStore", () => {
    it("has no bundle at first", async () => {
      assert.equal(await (await create()).read(), undefined);
    });

    it("keeps every generation, in order, in every role and state", async () => {
      const store = await create();
      const first = bundle(1, [
        authority("root-g1", { role: "root", sinceSequence: 3 }),
        authority("issuing-g1", { state: "retired" }),
        authority("issuing-g2", { state: "retiring", stateSince: new Date("2030-05-05T12:00:00Z") }),
        authority("issuing-g3"),
        authority("issuing-g4", { state: "prepared" }),
      ]);
      assert.equal(await store.write(first), true);
      assert.deepEqual(await store.read(), first);
    });

    it("keeps a bundle without authorities, and one with a hundred", async () => {
      const store = await create();
      const many = bundle(
        2,
        Array.from({ length: 100 }, (_, index) => authority(`issuing-g${index}`)),
      );
      await store.write(bundle(1, []));
      assert.deepEqual(await store.read(), bundle(1, []));
      await store.write(many);
      assert.deepEqual(await store.read(), many);
    });

    it("gives out copies", async () => {
      const store = await create();
      const first = bundle(1);
      const expected = structuredClone(first);
      await store.write(first);
      first.authorities[0]?.certificate.fill(0);
      (await store.read())?.authorities[0]?.certificate.fill(0);
      assert.deepEqual(await store.read(), expected);
    });

    const sequences = [
      { why: "a second where there is none", stored: 0, given: 2 },
      { why: "a first where there is one", stored: 1, given: 1 },
      { why: "the one that is stored", stored: 3, given: 3 },
      { why: "an older one", stored: 3, given: 2 },
      { why: "one that skips another", stored: 3, given: 5 },
    ];
    for (const { why, stored, given } of sequences) {
      it(`refuses ${why}`, async () => {
        const store = await create();
        for (let sequence = 1; sequence <= stored; sequence++) await store.write(bundle(sequence));
        const before = await store.read();
        assert.equal(await store.write(bundle(given)), false);
        assert.deepEqual(await store.read(), before);
      });
    }

    it("keeps the first TBSCertificate reserved for a CA, beside the bundle", async () => {
      const store = await create();
      const [first, other] = [randomOctets(300), randomOctets(300)];
      const expected = structuredClone(first);
      assert.deepEqual(await store.reserve("root-g1", first), expected);
      first.fill(0);
      assert.deepEqual(await store.reserve("root-g1", other), expected);
      assert.deepEqual(await store.reserve("root-g2", other), other);
      assert.equal(await store.read(), undefined);
    });

    it("gives all rivals for a CA the same TBSCertificate", async () => {
      const store = await create();
      const rivals = Array.from({ length: 10 }, () => randomOctets(300));
      const answers = await Promise.all(rivals.map((tbs) => store.reserve("root-g1", tbs)));
      assert.equal(new Set(answers.map((tbs) => Buffer.from(tbs).toString("hex"))).size, 1);
    });

    it("lets exactly one of many that follow the same bundle write", async () => {
      const store = await create();
      for (let sequence = 1; sequence <= 3; sequence++) {
        const rivals = Array.from({ length: 10 }, (_, index) => bundle(sequence, [authority(`issuing-g${index}`)]));
        const outcomes = await Promise.all(rivals.map((rival) => store.write(rival)));
        assert.equal(outcomes.filter(Boolean).length, 1);
        assert.deepEqual(await store.read(), rivals[outcomes.indexOf(true)]);
      }
    });
  });
}
