import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../../../adapters/memory/node-store.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, SIGNER_NAMES } from "../../../core/certificate/profile.ts";
import { nodeKey, unclaimedNode } from "../../../core/ledger/node-record.ts";
import { releaseNode, revokeNode } from "../../../core/revocation/revoke.ts";
import { completion, daysLater, nodeSlot, NOW, reservedRecord } from "../../support/stored-records.ts";

const NAME = "worker-1";
const PEER = "nodeseal.dev/peer";

/** A name with certificates on record; each reserved a millisecond after the one before. */
function bench() {
  const clock = { now: NOW };
  const audit: AuditEvent[] = [];
  const [nodes, ledger] = [memoryNodeStore(), memoryIssuanceLedger()];
  const services = { nodes, ledger, clock: () => clock.now, audit: (event: AuditEvent) => void audit.push(event) };
  let count = 0;
  const onRecord = async (signerName: string) => {
    const at = new Date(clock.now.getTime() + ++count);
    const record = reservedRecord({ nodeName: NAME, signerName }, { at });
    await ledger.reserve(record);
    await ledger.complete(record.name, completion());
    return record;
  };
  return {
    ...{ clock, audit, services, onRecord },
    /** The latest of a signer's, in the anchor. */
    held: async (signerName: string) => {
      const { name, reservation } = await onRecord(signerName);
      const anchor = nodeSlot({ intentName: name, serialNumber: reservation.serialNumber });
      await nodes.write({ ...unclaimedNode(NAME, signerName), generation: 1, anchor });
      return name;
    },
    isMarked: async (signerName: string): Promise<boolean> =>
      (await nodes.read(nodeKey(NAME, signerName)))?.revocation !== undefined,
    unrevoked: async () => {
      const filter = { nodeName: NAME, expiresFrom: NOW, expiresUntil: daysLater(100) };
      const { items } = await ledger.listCertificates(filter, { limit: 1000, cursor: undefined });
      return items.filter(({ completion: signed, revocation }) => signed !== undefined && revocation === undefined);
    },
  };
}

describe("revokeNode", () => {
  it("revokes the certificates of every signer, those that were replaced too", async () => {
    const { services, onRecord, held, isMarked, unrevoked } = bench();
    for (const signerName of [KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, PEER]) {
      await onRecord(signerName);
      await held(signerName);
    }
    const { nodes, cursor } = await revokeNode(services, NAME, "keyCompromise", "ada");
    assert.deepEqual(
      nodes.map(({ signerName }) => signerName),
      [KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, PEER],
    );
    assert.equal(cursor, undefined);
    assert.deepEqual(await unrevoked(), []);
    for (const signerName of SIGNER_NAMES) assert.ok(await isMarked(signerName), `${signerName} would certify it`);
  });

  it("is narrowed to one signer, where that is wanted", async () => {
    const { services, held, isMarked, unrevoked } = bench();
    const [client] = [await held(KUBELET_CLIENT_SIGNER), await held(PEER)];
    await revokeNode(services, NAME, "superseded", "ada", { signerName: PEER });
    assert.deepEqual(
      (await unrevoked()).map(({ name }) => name),
      [client],
    );
    assert.deepEqual([await isMarked(KUBELET_CLIENT_SIGNER), await isMarked(PEER)], [false, true]);
    const scope = { signerName: KUBELET_SERVING_SIGNER };
    await assert.rejects(revokeNode(services, NAME, "superseded", "ada", scope), { code: "not_found" });
  });

  it("knows no name that never had a certificate, and marks none", async () => {
    const { services, isMarked } = bench();
    await assert.rejects(revokeNode(services, NAME, "unspecified", "ada"), { code: "not_found" });
    assert.equal(await isMarked(KUBELET_CLIENT_SIGNER), false);
    await assert.rejects(revokeNode(services, `${NAME}#${PEER}`, "unspecified", "ada"), { code: "not_found" });
  });

  it("is undone by a release, of every signer", async () => {
    const { services, held, isMarked } = bench();
    await held(PEER);
    await revokeNode(services, NAME, "keyCompromise", "ada");
    const released = await releaseNode(services, NAME, "ada");
    assert.deepEqual(
      released.map(({ signerName, anchor }) => [signerName, anchor]),
      [[PEER, undefined]],
    );
    for (const signerName of SIGNER_NAMES) assert.equal(await isMarked(signerName), false);
  });

  it("tells before it looks through the ledger, stops after some seconds, and goes on from there", async () => {
    const one = bench();
    const { services, clock, audit, onRecord, held, unrevoked } = one;
    const oldest = await onRecord(KUBELET_CLIENT_SIGNER);
    for (let other = 0; other < 500; other++) await onRecord(KUBELET_CLIENT_SIGNER);
    await held(KUBELET_CLIENT_SIGNER);
    const told: number[] = [];
    const slow = {
      ...services,
      ledger: {
        ...services.ledger,
        listCertificates: (...args: Parameters<typeof services.ledger.listCertificates>) => {
          told.push(audit.length);
          clock.now = new Date(clock.now.getTime() + 2000);
          return services.ledger.listCertificates(...args);
        },
      },
    };
    const first = await revokeNode(slow, NAME, "keyCompromise", "ada");
    assert.ok(first.cursor !== undefined);
    assert.deepEqual(told, [1, 1], "the event comes first, and two pages take four seconds");
    assert.ok(
      (await unrevoked()).some(({ name }) => name === oldest.name),
      "the oldest comes last",
    );
    const second = await revokeNode(slow, NAME, "keyCompromise", "ada", { cursor: first.cursor });
    assert.equal(second.cursor, undefined);
    assert.deepEqual(await unrevoked(), []);
    assert.equal(audit.length, 1);
  });

  it("does not read what was reserved after the name was revoked: it was refused", async () => {
    const { services, clock, held, onRecord, unrevoked } = bench();
    await held(KUBELET_CLIENT_SIGNER);
    await revokeNode(services, NAME, "keyCompromise", "ada");
    clock.now = daysLater(1);
    for (let other = 0; other < 500; other++) await onRecord(KUBELET_CLIENT_SIGNER);
    const sizes: number[] = [];
    const listCertificates: typeof services.ledger.listCertificates = async (filter, page) => {
      const answer = await services.ledger.listCertificates(filter, page);
      sizes.push(answer.items.length);
      return answer;
    };
    await revokeNode({ ...services, ledger: { ...services.ledger, listCertificates } }, NAME, "unspecified", "ada");
    assert.deepEqual(sizes, [1]);
    const before = (await unrevoked()).filter(
      ({ reservation }) => reservation !== undefined && reservation.at < clock.now,
    );
    assert.deepEqual(before, []);
  });
});
