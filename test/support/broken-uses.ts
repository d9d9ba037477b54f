import type { BrokenRule } from "./broken-services.ts";
import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { Outside } from "./intercepted-services.ts";

/** What counts as a use of a token, and when it is given back: each rule left out, among applicants. */
export const BROKEN_USES: readonly BrokenRule[] = [
  {
    rule: "what gives its use back is void first",
    violation: /without a use|more keys than it allows|was given back/,
    alter: ({ ledger, ...outside }, clock) => ({
      ...outside,
      ledger: {
        ...ledger,
        voidUnsigned: async (name) => {
          const record = await ledger.read(name);
          return record && { ...record, voidedAt: clock() };
        },
      },
    }),
  },
  {
    rule: "what was signed keeps its use",
    violation: /without a use|more keys than it allows|was given back/,
    alter: ({ ledger, ...outside }) => ({
      ...outside,
      ledger: {
        ...ledger,
        voidUnsigned: async (name, at) => {
          const stored = await ledger.voidUnsigned(name, at);
          return stored && unsigned({ ...stored, voidedAt: at });
        },
        readMany: async (names) => {
          const records = await ledger.readMany(names);
          return new Map([...records].map(([name, record]) => [name, unsigned(record)]));
        },
      },
    }),
  },
];

/** The same, over years. */
export const BROKEN_MEMORIES: readonly BrokenRule[] = [
  {
    rule: "a record's deletion by its time gives nothing back",
    violation: /without a use|more keys than it allows|was given back/,
    alter: givingBackWhatIsGone,
  },
];

/** Rules that let everybody end with a certificate. */
export const BROKEN_APPLICATIONS: readonly BrokenRule[] = [
  {
    rule: "the next key takes over what waits",
    violation: /token_spent/,
    alter: ({ tokens, ...outside }) => ({
      ...outside,
      tokens: { ...tokens, consume: (tokenId, useName, now) => tokens.consume(tokenId, useName, now) },
    }),
  },
  {
    rule: "what is denied, deleted or replaced gives its use back",
    violation: /token_spent/,
    alter: ({ tokens, ...outside }) => ({ ...outside, tokens: { ...tokens, giveBack: () => Promise.resolve() } }),
  },
];

/** Who uses a certificate has it. */
export const BROKEN_CONFIRMATIONS: readonly BrokenRule[] = [
  {
    rule: "any use makes a certificate final",
    violation: /confirmed certificate was voided/,
    alter: ({ nodes, ...outside }) => ({
      ...outside,
      nodes: { ...nodes, confirm: async ({ key }) => ({ isApplied: false, node: await nodes.read(key) }) },
    }),
  },
];

function unsigned(record: IssuanceRecord): IssuanceRecord {
  const copy = { ...record };
  Reflect.deleteProperty(copy, "completion");
  return copy;
}

/** Takes what is not on record any more for something that came to nothing. */
function givingBackWhatIsGone({ ledger, ...outside }: Outside, clock: () => Date): Outside {
  const seen = new Map<string, IssuanceRecord>();
  return {
    ...outside,
    ledger: {
      ...ledger,
      createPending: async (record) => {
        seen.set(record.name, record);
        return ledger.createPending(record);
      },
      readMany: async (names) => {
        const found = await ledger.readMany(names);
        const gone = [...seen.values()].filter(({ name }) => names.includes(name) && !found.has(name));
        return new Map([...found, ...gone.map((record) => [record.name, { ...record, voidedAt: clock() }] as const)]);
      },
    },
  };
}
