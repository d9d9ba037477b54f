import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryChangeRequestStore } from "../../../adapters/memory/change-request-store.ts";
import { inventoryBound } from "../../../core/authority/reconciliation/bound-inventory.ts";
import { DEFAULT_POLICY, LONGEST_LIFETIME_SECONDS, longestLifetimeSeconds } from "../../../core/policy/policy.ts";
import type { CertificateFilter } from "../../../core/ledger/issuance-ledger.ts";
import { certificateOperations } from "../../../lambdas/admin-api/certificates.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { PARAMETERS } from "../../support/node-requests.ts";

const DAY_MS = 24 * 3600_000;
const routeKey = "GET /v1/admin/certificates";

/** Some nodes with a certificate each, and what a list asks of the stores. */
async function inventory(count: number) {
  const harness = await issuanceHarness();
  const token = await harness.newToken();
  for (let index = 0; index < count; index++)
    await harness.enrol({ token, key: `k${index % 3}`, nodeName: `node-${index}` });
  const filters: CertificateFilter[] = [];
  const changeRequests = memoryChangeRequestStore();
  const together: number[] = [];
  const { ledger, nodes } = harness.services;
  const services = {
    ...harness.services,
    changeRequests,
    nodes: {
      ...nodes,
      readMany: (keys: readonly string[]) => {
        together.push(keys.length);
        return nodes.readMany(keys);
      },
    },
    ledger: {
      ...ledger,
      listCertificates: (...[filter, page]: Parameters<typeof ledger.listCertificates>) => {
        filters.push(filter);
        return ledger.listCertificates(filter, page);
      },
    },
  };
  harness.calls.length = 0;
  const list = async (query: Readonly<Record<string, string>> = {}) => {
    const { body } = await certificateOperations(services)[routeKey](httpEvent({ routeKey, query }));
    return JSON.parse(body ?? "") as {
      readonly items: readonly { readonly state: string }[];
      readonly cursor?: string;
    };
  };
  /** As the authority function does, with the policy of its deployment. */
  const deploy = async (lifetimeSeconds: number): Promise<void> => {
    const plan = { longestLifetimeSeconds: lifetimeSeconds };
    const progress = await changeRequests.readProgress();
    const bound = await inventoryBound(harness.services, plan, harness.directory.bundle, progress);
    await changeRequests.writeProgress({ ...progress, inventory: bound });
  };
  const daysAsked = (): number[] => {
    const { expiresFrom, expiresUntil } = filters.at(-1) ?? {};
    const now = harness.clock.now().getTime();
    return [expiresFrom, expiresUntil].map((at) => Math.round(((at?.getTime() ?? NaN) - now) / DAY_MS) + 0);
  };
  return { ...harness, list, deploy, daysAsked, together };
}

describe("the list of certificates", () => {
  it("asks no day beyond the policy's longest lifetime, and none before the first certificate", async () => {
    const { list, deploy, daysAsked } = await inventory(1);
    await deploy(longestLifetimeSeconds(DEFAULT_POLICY));
    assert.equal((await list()).items.length, 1);
    assert.deepEqual(daysAsked(), [0, 30]);
    await list({ state: "Expired" });
    assert.deepEqual(daysAsked(), [0, 30], "the CA is no day old: nothing expired before it");
  });

  it("takes no other word for a time than RFC 3339", async () => {
    const { list } = await inventory(0);
    for (const expiresBefore of ["0", "Monday", "2027-01-31", "2027-13-31T12:00:00Z"])
      await assert.rejects(list({ expiresBefore }), { code: "malformed_request", field: "expiresBefore" });
    assert.deepEqual((await list({ expiresBefore: "2027-01-31T12:00:00.5+01:00" })).items, []);
  });

  it("asks every day there may be while nothing is known of earlier policies", async () => {
    const { list, daysAsked } = await inventory(1);
    await list();
    assert.deepEqual(daysAsked(), [0, LONGEST_LIFETIME_SECONDS / 86_400]);
  });

  it("goes on asking for the days that an earlier policy allowed", async () => {
    const { list, deploy, daysAsked, clock } = await inventory(1);
    await deploy(90 * 86_400);
    clock.advance(10 * 86_400);
    await deploy(7 * 86_400);
    await list();
    // Ninety days from the last moment of the old policy, and one for functions that are replaced late; the shipped policy has 30.
    assert.deepEqual(daysAsked(), [0, 91]);
    clock.advance(80 * 86_400);
    await deploy(7 * 86_400);
    await list();
    assert.deepEqual(daysAsked(), [0, 30]);
    await deploy(60 * 86_400);
    await list();
    assert.deepEqual(daysAsked(), [0, 60]);
  });

  it("finds out once what an older service issued for longer", async () => {
    const fleet = await inventory(0);
    const { deploy, clock, list, daysAsked } = fleet;
    clock.advance(5 * 86_400);
    await fleet.enrol({
      token: await fleet.newToken(),
      key: "k1",
      parameters: { ...PARAMETERS, lifetimeSeconds: 30 * 86_400 },
    });
    await deploy(86_400);
    await list();
    assert.deepEqual(daysAsked(), [0, LONGEST_LIFETIME_SECONDS / 86_400]);
  });

  it("reads the nodes of a page together, not one by one", async () => {
    const { list, calls, together } = await inventory(25);
    assert.equal((await list()).items.length, 25);
    assert.deepEqual([calls, together], [[], [25]]);
  });
});
