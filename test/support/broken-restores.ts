import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { hasCsr, NO_CSR, type IssuanceRecord, type Revocation } from "../../core/ledger/issuance-record.ts";
import type { BrokenRule } from "./broken-services.ts";
import type { Outside } from "./intercepted-services.ts";

/** As if the certificate were on record, and not its name's any more. */
const NOTHING_KNOWN: IssuanceRecord = {
  name: "",
  uid: "",
  createdAt: new Date(0),
  username: "",
  groups: [],
  tokenId: undefined,
  signerName: KUBELET_CLIENT_SIGNER,
  usages: [],
  lifetimeSeconds: undefined,
  nodeName: "",
  csr: NO_CSR,
  policyVersion: "",
};

const REVOKED: Revocation = { at: new Date(0), reason: "keyCompromise", by: "nobody" };

/** What a restore asks for, each rule left out, among machines that renewed after the backup. */
export const BROKEN_RESTORES: readonly BrokenRule[] = [
  {
    rule: "what is not on record is not accused",
    violation: /certificate_superseded/,
    alter: ({ ledger, ...outside }) => ({
      ...outside,
      ledger: {
        ...ledger,
        findBySerialNumber: async (serialNumber, filter) =>
          (await ledger.findBySerialNumber(serialNumber, filter)) ?? NOTHING_KNOWN,
      },
    }),
  },
  {
    rule: "an operator admits what is not on record",
    violation: /certificate_unknown/,
    alter: (outside) => ({ ...outside, admissions: { read: () => Promise.resolve(undefined) } }),
  },
  {
    rule: "what is admitted is on record first",
    violation: /admitted is not on record/,
    alter: forgettingWhatIsEntered,
  },
  {
    rule: "what is admitted holds its name from then on",
    violation: /admitted holds nothing|admitted twice/,
    alter: ({ nodes, ...outside }) => ({
      ...outside,
      nodes: {
        ...nodes,
        write: async (node) => {
          const isAdmitted = node.admission !== undefined && node.admission.serialNumber === node.anchor?.serialNumber;
          return nodes.write(isAdmitted ? { ...node, anchor: undefined, candidate: undefined } : node);
        },
      },
    }),
  },
  {
    rule: "an admission ends",
    violation: /that nobody admits/,
    alter: ({ admissions, ...outside }) => ({
      ...outside,
      admissions: {
        read: async () => {
          const admission = await admissions.read();
          const always = { issuedAfter: new Date(0), openedAt: new Date(8.64e15), until: new Date(8.64e15) };
          return { except: [], by: "nobody", ...admission, ...always };
        },
      },
    }),
  },
];

/** Among those who want one client's name of several signers. */
export const BROKEN_NAMESAKES: readonly BrokenRule[] = [
  {
    rule: "a live client's name is respected by every signer",
    violation: /by way of another signer/,
    alter: ({ nodes, ...outside }) => ({
      ...outside,
      nodes: {
        ...nodes,
        readMany: async (keys) => {
          const found = await nodes.readMany(keys);
          return new Map([...found].map(([key, node]) => [key, { ...node, revocation: REVOKED }]));
        },
      },
    }),
  },
];

function forgettingWhatIsEntered({ ledger, ...outside }: Outside): Outside {
  return {
    ...outside,
    ledger: {
      ...ledger,
      reserve: async (record) =>
        hasCsr(record)
          ? ledger.reserve(record)
          : { ...record, completion: { signature: Uint8Array.of(), at: record.createdAt } },
    },
  };
}
