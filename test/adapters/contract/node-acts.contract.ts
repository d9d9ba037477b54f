import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  confirmed,
  reported,
  succeeded,
  type Confirmation,
  type Report,
  type Succession,
} from "../../../core/ledger/node-act.ts";
import type { NodeRecord } from "../../../core/ledger/node-record.ts";
import type { NodeStore } from "../../../core/ledger/node-store.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { daysLater, minutesLater, nodeRecord, nodeSlot, NOW } from "../../support/stored-records.ts";

const ANCHOR = nodeSlot();
const CANDIDATE = nodeSlot({ kind: "renewal", tokenId: undefined });

const SUPERSEDED = { serialNumber: randomSerialNumber() };

/** Ways a node can be, each alone and all pairs: plain and not plain. */
const CHANGES: readonly Partial<NodeRecord>[] = [
  {},
  { anchor: undefined },
  { anchor: { ...ANCHOR, isRevoked: true } },
  { anchor: { ...ANCHOR, notAfter: minutesLater(-1) } },
  { anchor: { ...ANCHOR, notAfter: NOW } },
  { candidate: CANDIDATE },
  { candidate: { ...CANDIDATE, isRevoked: true } },
  { candidate: { ...CANDIDATE, notAfter: minutesLater(-1) } },
  { toVoid: ["csr-1"] },
  { revocation: { reason: "keyCompromise", by: "arn:aws:iam::123456789012:user/ada", at: NOW } },
  { lastRecovery: { count: 0, at: NOW, intentName: "csr-1" }, supersededUse: { ...SUPERSEDED, at: NOW, count: 3 } },
  { lastRecovery: { count: 1, at: NOW, intentName: "csr-1" } },
  { lastDisplacement: { count: 2, at: NOW } },
  { recoveryAllowance: { until: minutesLater(9), recoveries: 1, by: "arn:aws:iam::123456789012:user/ada" } },
  { renewalRequest: { at: NOW, until: minutesLater(9), by: "arn:aws:iam::123456789012:user/ada" } },
  {
    unknownUse: { ...SUPERSEDED, at: NOW },
    admission: { ...SUPERSEDED, at: NOW, by: "arn:aws:iam::123456789012:user/ada" },
  },
  { releasedAt: NOW, lastSeenAt: minutesLater(-9), generation: 7, agent: { version: "1.0", trustBundleSequence: 3 } },
];

const SUCCESSIONS: readonly Partial<Succession>[] = [
  {},
  { presentedSerialNumber: randomSerialNumber() },
  { presentedSerialNumber: CANDIDATE.serialNumber },
  { agent: { version: "2.0", trustBundleSequence: undefined } },
  { agent: { version: undefined, trustBundleSequence: 9 } },
];

const CONFIRMATIONS: readonly Partial<Confirmation>[] = [
  {},
  { serialNumber: ANCHOR.serialNumber },
  { intentName: ANCHOR.intentName },
  { intentName: undefined },
  { agent: { version: "2.0", trustBundleSequence: undefined } },
  { agent: { version: undefined, trustBundleSequence: 9 } },
];

const REPORTS: readonly Partial<Report>[] = [
  {},
  { serialNumber: CANDIDATE.serialNumber },
  { agent: { version: "2.0", trustBundleSequence: undefined } },
];

const ABSENT: readonly string[] = ["absent", "", "x".repeat(5000), "\ud800"];

/**
 * `NodeStore.succeed` and `confirm`: exactly what `core/ledger/node-act.ts` says, to what is stored.
 *
 * @param most how many of the ways in which a node can be meet in one node
 */
export function nodeActsContract(create: () => Promise<NodeStore>, most: WaysTogether): void {
  const kinds = kindsOfNode(most);
  const succession = (key: string, changes: Partial<Succession> = {}): Succession => ({
    key,
    presentedSerialNumber: ANCHOR.serialNumber,
    candidate: nodeSlot({ at: NOW, kind: "renewal", tokenId: undefined, notAfter: daysLater(7) }),
    agent: undefined,
    ...changes,
  });
  const confirmation = (key: string, changes: Partial<Confirmation> = {}): Confirmation => ({
    key,
    intentName: CANDIDATE.intentName,
    serialNumber: CANDIDATE.serialNumber,
    at: NOW,
    ...changes,
  });

  const report = (key: string, changes: Partial<Report> = {}): Report => ({
    key,
    serialNumber: ANCHOR.serialNumber,
    at: NOW,
    agent: { version: undefined, trustBundleSequence: 9 },
    ...changes,
  });

  describe("NodeStore's acts without a read", () => {
    it("succeed does what `succeeded` says, to every kind of node", async () => {
      const applied = await judged(await create(), kinds, SUCCESSIONS, (store, node, changes) => {
        const given = succession(node.key, changes);
        return { outcome: store.succeed(given), expected: succeeded(node, given) };
      });
      assert.ok(applied > 0, "some were plain");
    });

    it("confirm does what `confirmed` says, to every kind of node", async () => {
      const applied = await judged(await create(), kinds, CONFIRMATIONS, (store, node, changes) => {
        const given = confirmation(node.key, changes);
        return { outcome: store.confirm(given), expected: confirmed(node, given) };
      });
      assert.ok(applied > 0, "some were plain");
    });

    it("report does what `reported` says, to every kind of node", async () => {
      const applied = await judged(await create(), kinds, REPORTS, (store, node, changes) => {
        const given = report(node.key, changes);
        return { outcome: store.report(given), expected: reported(node, given) };
      });
      assert.ok(applied > 0, "some were plain");
    });

    for (const key of ABSENT) {
      it(`do nothing to a node called ${JSON.stringify(key.slice(0, 10))} that is not there`, async () => {
        const store = await create();
        const nothing = { isApplied: false, node: undefined };
        assert.deepEqual(await store.succeed(succession(key)), nothing);
        assert.deepEqual(await store.confirm(confirmation(key)), nothing);
        assert.deepEqual(await store.report(report(key)), nothing);
        assert.equal(await store.read(key), undefined);
      });
    }

    it("let one of ten successors in, and tell the others whom", async () => {
      const store = await create();
      await store.write(nodeRecord("node-1", { anchor: ANCHOR, candidate: undefined }));
      const rivals = Array.from({ length: 10 }, () => succession("node-1"));
      const outcomes = await Promise.all(rivals.map((rival) => store.succeed(rival)));
      assert.equal(outcomes.filter(({ isApplied }) => isApplied).length, 1);
      const winner = rivals[outcomes.findIndex(({ isApplied }) => isApplied)];
      for (const { node } of outcomes) assert.equal(node?.candidate?.intentName, winner?.candidate.intentName);
    });

    it("are seen by whoever read the node before and writes it after", async () => {
      const store = await create();
      await store.write(nodeRecord("node-1", { anchor: ANCHOR, candidate: undefined }));
      const read = await store.read("node-1");
      assert.ok(read);
      const given = succession("node-1");
      await store.succeed(given);
      assert.equal(await store.write(read), false);
      const { intentName, serialNumber } = given.candidate;
      const asClaimed = await store.read("node-1");
      await store.confirm({ key: "node-1", intentName, serialNumber, at: NOW });
      assert.ok(asClaimed);
      assert.equal(await store.write(asClaimed), false);
    });
  });
}

type Act<T> = (
  store: NodeStore,
  node: NodeRecord,
  changes: T,
) => { readonly outcome: ReturnType<NodeStore["succeed"]>; readonly expected: NodeRecord | undefined };

/** The same conditions are sent to every DynamoDB: what they come to together, the slowest server is asked in long runs. */
export type WaysTogether = "one" | "two";

function kindsOfNode(most: WaysTogether): readonly Partial<NodeRecord>[] {
  if (most === "one") return CHANGES;
  return CHANGES.flatMap((one, index) => CHANGES.slice(index).map((other) => ({ ...one, ...other })));
}

/** @returns how often the act was applied */
async function judged<T>(
  store: NodeStore,
  kinds: readonly Partial<NodeRecord>[],
  questions: readonly T[],
  act: Act<T>,
): Promise<number> {
  let applied = 0;
  let nodes = 0;
  for (const kind of kinds) {
    for (const question of questions) {
      const name = `node-${nodes++}`;
      const node = nodeRecord(name, { anchor: ANCHOR, candidate: undefined, ...kind });
      await store.write(node);
      const { outcome, expected } = act(store, { ...node, version: 1 }, question);
      const { isApplied, node: stored } = await outcome;
      assert.equal(isApplied, expected !== undefined, JSON.stringify({ kind, question }));
      assert.deepEqual(stored, expected ?? { ...node, version: 1 });
      assert.deepEqual(await store.read(name), stored);
      if (isApplied) applied++;
    }
  }
  return applied;
}
