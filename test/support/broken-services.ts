import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { LAPSE_SECONDS, type NodeRecord } from "../../core/ledger/node-record.ts";
import type { Outside } from "./intercepted-services.ts";
import { succeeded } from "../../core/ledger/node-act.ts";
import type { SerialNumber } from "../../core/certificate/serial-number.ts";
import type { Mutant } from "./model-plan.ts";

/**
 * Rules of the protocol left out, one at a time, so that the model test can show it would notice. The core is the real
 * one: what is broken is what the outside does for it, or tells it.
 */
export interface BrokenRule extends Mutant {
  readonly rule: string;
  /** What the model must see. */
  readonly violation: RegExp;
}

export const BROKEN_RULES: readonly BrokenRule[] = [
  {
    rule: "what is displaced becomes void",
    violation: /two live/,
    alter: (outside) => ({ ...outside, ledger: { ...outside.ledger, void: () => Promise.resolve(true) } }),
  },
  {
    rule: "what is displaced becomes void before the newer one is signed",
    violation: /two live/,
    alter: voidingTooLate,
  },
  {
    rule: "a claim in flight is waited for",
    violation: /in flight was put aside/,
    alter: (outside) => reading(outside, (node) => withCandidateAt(node, -LAPSE_SECONDS)),
  },
  {
    rule: "a live name is taken",
    violation: /given up to nobody|two live enrolments/,
    alter: (outside) => reading(outside, (node) => ({ ...node, anchor: undefined })),
  },
  {
    rule: "a node is written only if it is what was read",
    violation: /two live|voided|put aside|given up|overwritten/,
    alter: (outside) => ({ ...outside, nodes: { ...outside.nodes, write: (node) => writeAnyway(outside, node) } }),
  },
  {
    rule: "a lost race for the name is lost",
    violation: /two live|voided|given up/,
    alter: (outside) => ({
      ...outside,
      nodes: { ...outside.nodes, write: async (node) => (await outside.nodes.write(node)) || true },
    }),
  },
  {
    rule: "the intent is on record before it is signed",
    violation: /signed that is not on record/,
    alter: reservingTooLate,
  },
  {
    rule: "the TBSCertificate that was reserved first is signed",
    violation: /signed that is not on record|not the one on record/,
    alter: ({ ledger, ...outside }) => ({
      ...outside,
      ledger: {
        ...ledger,
        reserve: async (record) => ({ ...(await ledger.reserve(record)), ...reservationOf(record) }),
      },
    }),
  },
  {
    rule: "only the stored signature is released",
    violation: /not the one on record|two certificates/,
    alter: ({ ledger, ...outside }) => ({
      ...outside,
      ledger: {
        ...ledger,
        complete: async (name, completion) => ({ ...(await ledger.complete(name, completion)), completion }),
      },
    }),
  },
  {
    rule: "every signature is counted on the record",
    violation: /more signatures than attempts/,
    alter: (outside) => ({ ...outside, ledger: { ...outside.ledger, countAttempt: () => Promise.resolve() } }),
  },
  {
    rule: "a token's uses are counted",
    violation: /without a use|more keys than it allows/,
    alter: (outside) => ({ ...outside, tokens: { ...outside.tokens, consume: () => Promise.resolve("consumed") } }),
  },
  {
    rule: "a retry uses the token once",
    violation: /a use was counted for no intent/,
    alter: countingEveryUse,
  },
];

/** The plain renewal and the plain confirmation (`core/ledger/node-act.ts`), each with one of its conditions left out. */
export const BROKEN_ACTS: readonly BrokenRule[] = [
  {
    rule: "only the anchor's certificate has a successor at once",
    violation: /two live|given up|confirmed certificate was voided/,
    alter: (outside) => succeeding(outside, ({ anchor }) => ({ presentedSerialNumber: anchor?.serialNumber })),
  },
  {
    rule: "nothing is overwritten by a successor",
    violation: /overwritten/,
    alter: (outside) => succeeding(outside, () => ({}), { candidate: undefined }),
  },
  {
    rule: "a revoked node has no successor",
    violation: /for a revoked node/,
    alter: (outside) => succeeding(outside, () => ({}), { revocation: undefined }),
  },
  {
    rule: "a successor's claim is one version more",
    violation: /overwritten|two live|put aside|voided/,
    alter: succeedingUnseen,
  },
  {
    rule: "only the candidate is confirmed",
    violation: /without a certificate|given up|two live|voided/,
    alter: confirmingAnything,
  },
];

export function reading({ nodes, ...outside }: Outside, change: (node: NodeRecord) => NodeRecord): Outside {
  const read = async (key: string): Promise<NodeRecord | undefined> => {
    const node = await nodes.read(key);
    return node && change(node);
  };
  return { ...outside, nodes: { ...nodes, read } };
}

export function withCandidateAt(node: NodeRecord, shiftSeconds: number): NodeRecord {
  if (node.candidate === undefined) return node;
  const at = new Date(node.candidate.at.getTime() + shiftSeconds * 1000);
  return { ...node, candidate: { ...node.candidate, at } };
}

/** Says of the stored node what is not so, and of the question too. */
function succeeding(
  { nodes, ...outside }: Outside,
  asked: (node: NodeRecord) => { readonly presentedSerialNumber?: SerialNumber | undefined },
  seen: Partial<NodeRecord> = {},
): Outside {
  const succeed: Outside["nodes"]["succeed"] = async (succession) => {
    const node = await nodes.read(succession.key);
    if (node === undefined) return { isApplied: false, node };
    const { presentedSerialNumber = succession.presentedSerialNumber } = asked(node);
    const next = succeeded({ ...node, ...seen }, { ...succession, presentedSerialNumber });
    if (next === undefined) return { isApplied: false, node };
    await nodes.write({ ...next, version: node.version });
    return { isApplied: true, node: next };
  };
  return { ...outside, nodes: { ...nodes, succeed } };
}

/** Who read the node before the successor's claim may still write it after. */
function succeedingUnseen({ nodes, ...outside }: Outside): Outside {
  const versions = new Map<string, number>();
  return {
    ...outside,
    nodes: {
      ...nodes,
      succeed: async (succession) => {
        const outcome = await nodes.succeed(succession);
        if (outcome.isApplied && outcome.node !== undefined) versions.set(succession.key, outcome.node.version);
        return outcome;
      },
      write: (node) => {
        const isUnseen = versions.get(node.key) === node.version + 1;
        return nodes.write(isUnseen ? { ...node, version: node.version + 1 } : node);
      },
    },
  };
}

function confirmingAnything({ nodes, ...outside }: Outside): Outside {
  const confirm: Outside["nodes"]["confirm"] = async ({ key }) => {
    const node = await nodes.read(key);
    if (node?.candidate === undefined) return { isApplied: false, node };
    const { candidate, version } = node;
    await nodes.write({ ...node, anchor: candidate, candidate: undefined });
    return { isApplied: true, node: { ...node, anchor: candidate, candidate: undefined, version: version + 1 } };
  };
  return { ...outside, nodes: { ...nodes, confirm } };
}

async function writeAnyway({ nodes }: Outside, node: NodeRecord): Promise<boolean> {
  const stored = await nodes.read(node.key);
  return nodes.write({ ...node, version: stored?.version ?? 0 });
}

function voidingTooLate({ ledger, ...outside }: Outside): Outside {
  const late: (() => Promise<unknown>)[] = [];
  return {
    ...outside,
    ledger: {
      ...ledger,
      void: (name, at) => {
        late.push(() => ledger.void(name, at));
        return Promise.resolve(true);
      },
      complete: async (name, completion) => {
        const stored = await ledger.complete(name, completion);
        // Long after: by then two nodes hold certificates for the name.
        if (late.length > 2) await late.shift()?.();
        return stored;
      },
    },
  };
}

function reservingTooLate({ ledger, ...outside }: Outside): Outside {
  const unwritten = new Map<string, IssuanceRecord>();
  return {
    ...outside,
    ledger: {
      ...ledger,
      reserve: (record) => {
        unwritten.set(record.name, record);
        return Promise.resolve(record);
      },
      countAttempt: () => Promise.resolve(),
      complete: async (name, completion) => {
        const record = unwritten.get(name);
        if (record !== undefined) await ledger.reserve(record);
        return ledger.complete(name, completion);
      },
    },
  };
}

function countingEveryUse({ tokens, ...outside }: Outside): Outside {
  let uses = 0;
  const consume: Outside["tokens"]["consume"] = (id, intent, now) => tokens.consume(id, `${intent}#${++uses}`, now);
  return { ...outside, tokens: { ...tokens, consume } };
}

function reservationOf({ reservation }: IssuanceRecord): Pick<IssuanceRecord, "reservation"> {
  return reservation === undefined ? {} : { reservation };
}
