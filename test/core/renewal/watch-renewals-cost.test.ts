import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRenewalWatchStore } from "../../../adapters/memory/renewal-watch-store.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { unclaimedNode, type NodeRecord } from "../../../core/ledger/node-record.ts";
import { DEFAULT_WATCH_LIMITS, watchRenewals } from "../../../core/renewal/watch-renewals.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { completion, nodeSlot, NOW, reservedRecord } from "../../support/stored-records.ts";

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const NODES = 10_000;
/** Every node renews when so much of a life is over, each at a time of its own. */
const RENEWED_AT = 0.8;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A fleet that renews in time, put together from arithmetic when it is asked for. Counts what is read. */
function steadyFleet(lifeMs: number, clock: { now: number }) {
  const read = { certificates: 0, nodes: 0 };
  const template = { ...reservedRecord(), completion: completion() };
  const period = lifeMs * RENEWED_AT;
  const start = NOW.getTime() - 3 * lifeMs;
  const phaseOf = (node: number): number => (node / NODES) * period;
  const nameOf = (node: number, turn: number): string => `csr-${node}-${turn}`;
  const certificate = (node: number, turn: number): IssuanceRecord => {
    const notBefore = new Date(start + phaseOf(node) + turn * period);
    const notAfter = new Date(notBefore.getTime() + lifeMs);
    return {
      ...template,
      name: nameOf(node, turn),
      nodeName: `node-${node}`,
      reservation: { ...template.reservation, at: notBefore, notBefore, notAfter },
    };
  };
  /** Those on record that end on a day. */
  const ofDay = (day: string): IssuanceRecord[] => {
    const [from, until] = [Date.parse(day), Date.parse(day) + DAY_MS];
    const found: IssuanceRecord[] = [];
    for (let node = 0; node < NODES; node++) {
      const first = start + phaseOf(node) + lifeMs;
      for (let turn = Math.ceil((from - first) / period); first + turn * period < until; turn++)
        if (first + turn * period - lifeMs <= clock.now) found.push(certificate(node, turn));
    }
    return found;
  };
  const nodeOf = (key: string): NodeRecord => {
    const node = Number(key.slice("node-".length));
    const turn = Math.floor((clock.now - start - phaseOf(node)) / period);
    const { name, reservation } = certificate(node, turn);
    const anchor = nodeSlot({ intentName: name, ...(reservation && { notAfter: reservation.notAfter }) });
    return { ...unclaimedNode(key, KUBELET_CLIENT_SIGNER), anchor };
  };
  return {
    read,
    ledger: {
      listCertificates: (
        { expiresFrom }: { expiresFrom: Date },
        page: { limit: number; cursor: string | undefined },
      ) => {
        const after = Number(page.cursor ?? 0);
        const records = ofDay(dayOf(expiresFrom.getTime()));
        const items = records.slice(after, after + page.limit);
        read.certificates += items.length;
        const next = after + items.length;
        return Promise.resolve({ items, cursor: next < records.length ? String(next) : undefined });
      },
      readMany: () => Promise.resolve(new Map<string, IssuanceRecord>()),
    },
    nodes: {
      readMany: (keys: readonly string[]) => {
        read.nodes += keys.length;
        return Promise.resolve(new Map(keys.map((key) => [key, nodeOf(key)])));
      },
    },
  };
}

/** A day of reconciliations, once the watch has gone through everything. */
async function aDayOf(lifeMs: number) {
  const clock = { now: NOW.getTime() };
  const { read, ...stores } = steadyFleet(lifeMs, clock);
  const events: AuditEvent[] = [];
  const services = {
    ...stores,
    watches: memoryRenewalWatchStore(),
    audit: (event: AuditEvent) => void events.push(event),
    clock: () => new Date(clock.now),
  };
  const pass = async (hours: number): Promise<void> => {
    for (let hour = 0; hour < hours; hour++, clock.now += HOUR_MS) await watchRenewals(services, DEFAULT_WATCH_LIMITS);
  };
  await pass(24);
  Object.assign(read, { certificates: 0, nodes: 0 });
  await pass(24);
  return { ...read, events };
}

describe("what the watch over a fleet of 10,000 reads in a day", () => {
  // docs/architecture.md names ten times as much, for 100,000 nodes.
  const rows = [
    { life: "a year", lifeMs: 365 * DAY_MS, certificates: 4_000, nodes: 40 },
    { life: "thirty days", lifeMs: 30 * DAY_MS, certificates: 33_000, nodes: 450 },
  ];
  for (const { life, lifeMs, certificates, nodes } of rows) {
    it(`is a few thousand certificates and hardly a node, where they live ${life}; and nobody is told of`, async () => {
      const read = await aDayOf(lifeMs);
      assert.deepEqual(read.events, []);
      assert.ok(read.certificates > certificates / 3 && read.certificates <= certificates, `${read.certificates}`);
      assert.ok(read.nodes > 0 && read.nodes <= nodes, `${read.nodes}`);
    });
  }
});
