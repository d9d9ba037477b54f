import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../core/ledger/node-record.ts";
import type { BrokenRule } from "./broken-services.ts";
import type { Outside } from "./intercepted-services.ts";

/** The rules of recovery left out, one at a time, as in `broken-services.ts`. */
export const BROKEN_RECOVERIES: readonly BrokenRule[] = [
  {
    rule: "recoveries are counted",
    violation: /recovered too soon|too often in a row/,
    alter: (outside) => reading(outside, (node) => ({ ...node, lastRecovery: undefined })),
  },
  {
    rule: "an operator's override ends",
    violation: /outside the window|too often in a row/,
    alter: (outside) =>
      reading(outside, ({ recoveryAllowance: word, ...node }) => ({
        ...node,
        recoveryAllowance: word === undefined ? undefined : { ...word, until: new Date(8.64e15) },
      })),
  },
  {
    rule: "an expired certificate that was never confirmed puts its predecessor aside",
    violation: /not the latest/,
    alter: forgettingTheExpired,
  },
  {
    rule: "an expired anchor stays until somebody else has a certificate",
    violation: /given up to nobody/,
    alter: ({ nodes, ...outside }) => ({
      ...outside,
      nodes: { ...nodes, write: (node) => nodes.write(withoutExpiredAnchor(node)) },
    }),
  },
];

function reading({ nodes, ...outside }: Outside, change: (node: NodeRecord) => NodeRecord): Outside {
  const read = async (key: string): Promise<NodeRecord | undefined> => {
    const node = await nodes.read(key);
    return node && change(node);
  };
  return { ...outside, nodes: { ...nodes, read } };
}

/** Once a certificate has ended, nobody knows any more that it was ever signed. */
function forgettingTheExpired({ ledger, ...outside }: Outside, clock: () => Date): Outside {
  const read: Outside["ledger"]["read"] = async (name) => {
    const record = await ledger.read(name);
    const hasExpired = record?.reservation !== undefined && record.reservation.notAfter < clock();
    return hasExpired ? withoutCompletion(record) : record;
  };
  return { ...outside, ledger: { ...ledger, read } };
}

function withoutCompletion(record: IssuanceRecord): IssuanceRecord {
  const copy = { ...record };
  Reflect.deleteProperty(copy, "completion");
  return copy;
}

function withoutExpiredAnchor(node: NodeRecord): NodeRecord {
  const { anchor, candidate } = node;
  const hasExpired = anchor !== undefined && candidate !== undefined && candidate.at > anchor.notAfter;
  return hasExpired ? { ...node, anchor: undefined } : node;
}
