import { memoryAuthorityStore } from "../../adapters/memory/authority-store.ts";
import { memoryChangeRequestStore } from "../../adapters/memory/change-request-store.ts";
import { memoryIssuanceLedger } from "../../adapters/memory/issuance-ledger.ts";
import { memoryKeyMaker } from "../../adapters/memory/key-maker.ts";
import type { MemoryHooks } from "../../adapters/memory/memory-hooks.ts";
import { memoryNodeStore } from "../../adapters/memory/node-store.ts";
import { memoryRevocationListStore } from "../../adapters/memory/revocation-list-store.ts";
import { memorySigner, type MemoryKeys } from "../../adapters/memory/signer.ts";
import { requestAuthorityChange, type Question } from "../../core/authority/reconciliation/request-change.ts";
import type { AuditEvent } from "../../core/audit/audit-event.ts";
import { DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../core/authority/plan.ts";
import { reconcileAuthorities } from "../../core/authority/reconciliation/reconcile-authorities.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import type { Der } from "../../core/asn1/der.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { NOW } from "./authorities.ts";

/** All that a reconciliation needs, in memory; everything that was signed and published is written down. */
export function reconciliationBench(planned: Partial<AuthorityPlan> = {}) {
  const hooks: { beforeEach?: MemoryHooks["beforeEach"]; afterEach?: MemoryHooks["afterEach"] } = {};
  const hook: MemoryHooks = {
    beforeEach: async (operation) => hooks.beforeEach?.(operation),
    afterEach: async (operation) => hooks.afterEach?.(operation),
  };
  const plan = { ...DEFAULT_AUTHORITY_PLAN, recheckSeconds: 0, ...planned };
  const keys: MemoryKeys = new Map();
  const memory = memorySigner(keys, hook);
  const signed: Der[] = [];
  const published: string[] = [];
  const events: AuditEvent[] = [];
  const failures: unknown[] = [];
  const clock = { now: NOW };
  const services = {
    authorities: memoryAuthorityStore(hook),
    changeRequests: memoryChangeRequestStore(hook),
    nodes: memoryNodeStore(),
    ledger: memoryIssuanceLedger(),
    lists: memoryRevocationListStore(hook),
    keys: memoryKeyMaker(keys, hook),
    signer: {
      sign: (...[keyArn, algorithm, message]: Parameters<typeof memory.sign>) => {
        signed.push(message);
        return memory.sign(keyArn, algorithm, message);
      },
    },
    publisher: {
      publish: async (pem: string) => {
        await hook.beforeEach?.("publisher.publish");
        published.push(pem);
        await hook.afterEach?.("publisher.publish");
        return String(published.length);
      },
    },
    clock: () => clock.now,
    newSerialNumber: randomSerialNumber,
    audit: (event: AuditEvent) => void events.push(event),
    failed: (error: unknown) => void failures.push(error),
  };
  const round = async () => reconcileAuthorities(services, plan, await createFirstAuthorities(services, plan));
  return {
    ...{ hooks, plan, services, keys, signed, published, events, failures, clock, round },
    ask: (question: Question, by = "operator") =>
      requestAuthorityChange(services, question, by).then(({ changeRequest }) => changeRequest),
    /** `issuing-g1 active`, in the bundle's order. */
    states: async () => (await services.authorities.read())?.authorities.map(({ id, state }) => `${id} ${state}`) ?? [],
    outcome: async (number: number) => (await services.changeRequests.readProgress()).outcomes.get(number),
  };
}
