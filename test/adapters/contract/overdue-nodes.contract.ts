import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { overdueNodes } from "../../../core/renewal/overdue-nodes.ts";
import { KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import type { NodeStore } from "../../../core/ledger/node-store.ts";
import { holdCertificate } from "../../support/held-certificates.ts";
import { allPages, assertRefusesCursors } from "../../support/paged-lists.ts";
import { daysLater, NOW } from "../../support/stored-records.ts";

export interface OverdueStores {
  readonly ledger: IssuanceLedger;
  readonly nodes: NodeStore;
}

const DAY = 24 * 3600;

/** Certificates of a year by when they end, in days from now. `create` gives empty stores. */
export function overdueNodesContract(create: () => Promise<OverdueStores>): void {
  const hold = (stores: OverdueStores, nodeName: string, endsIn: number, signerName?: string) =>
    holdCertificate(stores, nodeName, {
      at: daysLater(endsIn - 365),
      lifeSeconds: 365 * DAY,
      ...(signerName === undefined ? {} : { signerName }),
    });

  describe("overdueNodes", () => {
    it("finds every node that is overdue once, by the day its certificate ends, whatever the page's size", async () => {
      const stores = await create();
      for (const [name, endsIn] of Object.entries({ a: 36, b: 20, c: 1, d: -1, e: -7 }))
        await hold(stores, name, endsIn);
      // Too early, too late, and replaced.
      for (const [name, endsIn] of Object.entries({ early: 37, late: -8, renewed: 3 }))
        await hold(stores, name, endsIn);
      await hold(stores, "renewed", 300);
      await hold(stores, "a", 10, KUBELET_SERVING_SIGNER);
      for (const limit of [1, 3, 1000]) {
        const { items, sizes } = await allPages((page) => overdueNodes(stores, page, NOW), limit);
        assert.ok(sizes.every((size) => size <= limit));
        assert.deepEqual(
          items.map(({ node }) => node.key),
          ["e", "d", "c", `a#${KUBELET_SERVING_SIGNER}`, "b", "a"],
          `with pages of ${limit}`,
        );
      }
    });

    it("takes no cursor that is none of its own", async () => {
      const stores = await create();
      await assertRefusesCursors((page) => overdueNodes(stores, page, NOW), []);
    });
  });
}
