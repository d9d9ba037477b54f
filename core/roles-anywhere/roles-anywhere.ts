/*
 * What IAM Roles Anywhere takes. Quotas: "Quotas for IAM Roles Anywhere" (certificates and CRLs for each trust anchor);
 * octets: API reference, ImportCrl (crlData, in PEM).
 */
export const MOST_ANCHOR_CERTIFICATES = 2;
export const MOST_ANCHOR_LISTS = 2;
export const MOST_LIST_OCTETS = 300_000;

/** A revocation list as Roles Anywhere has it. */
export interface ImportedList {
  readonly id: string;
  readonly name: string;
  readonly pem: string;
  /** Somebody may have switched it off: it is not looked at then. */
  readonly isEnabled: boolean;
}

/** One trust anchor, that of this deployment, and the revocation lists that were imported for it. */
export interface RolesAnywhere {
  /** The certificates it trusts, in PEM. */
  readAnchor(): Promise<string>;
  writeAnchor(certificatesPem: string): Promise<void>;
  /** Of this trust anchor alone; an account may have others. */
  listLists(): Promise<readonly ImportedList[]>;
  /** @param clusterName becomes the value of its tag */
  importList(clusterName: string, name: string, pem: string): Promise<void>;
  replaceList(id: string, name: string, pem: string): Promise<void>;
}

/** What the deployment's lists are tagged with, its cluster's name being the value: the function may change no others. */
export const CLUSTER_TAG = "nodeseal:cluster";
