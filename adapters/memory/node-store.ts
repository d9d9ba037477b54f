import { confirmed, reported, succeeded, type NodeActOutcome } from "../../core/ledger/node-act.ts";
import { isListed, type NodeRecord } from "../../core/ledger/node-record.ts";
import type { NodeStore } from "../../core/ledger/node-store.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";
import { orderedPage } from "./ordered-page.ts";

/** @param nodes what is stored: for whoever plays a restore */
export function memoryNodeStore(hooks: MemoryHooks = {}, nodes = new Map<string, NodeRecord>()): NodeStore {
  const write = (node: NodeRecord): boolean => {
    if ((nodes.get(node.key)?.version ?? 0) !== node.version) return false;
    nodes.set(node.key, copyOf({ ...node, version: node.version + 1 }));
    return true;
  };

  const act = (key: string, change: (node: NodeRecord) => NodeRecord | undefined): NodeActOutcome => {
    const node = nodes.get(key);
    const changed = node && change(node);
    if (changed === undefined) return { isApplied: false, node };
    const copy = copyOf(changed);
    nodes.set(key, copy);
    return { isApplied: true, node: copy };
  };

  return {
    read: (key) => hooked(hooks, "nodes.read", () => nodes.get(key)),
    readMany: (keys) =>
      hooked(hooks, "nodes.readMany", () => {
        const found = keys.map((key) => nodes.get(key)).filter((node) => node !== undefined);
        return new Map(found.map((node) => [node.key, node]));
      }),
    write: (node) => hooked(hooks, "nodes.write", () => write(node)),
    succeed: (succession) =>
      hooked(hooks, "nodes.succeed", () => act(succession.key, (node) => succeeded(node, succession))),
    confirm: (confirmation) =>
      hooked(hooks, "nodes.confirm", () => act(confirmation.key, (node) => confirmed(node, confirmation))),
    report: (report) => hooked(hooks, "nodes.report", () => act(report.key, (node) => reported(node, report))),
    list: (page, signerName) =>
      hooked(hooks, "nodes.list", () => {
        const isWanted = (node: NodeRecord): boolean => signerName === undefined || node.signerName === signerName;
        return orderedPage([...nodes.values()].filter(isListed).filter(isWanted), BY_NAME, page);
      }),
  };
}

const BY_NAME = {
  list: ["nodes"],
  sortKey: ({ key }: NodeRecord) => key,
  id: ({ key }: NodeRecord) => key,
};
