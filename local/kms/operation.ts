import type { KmsAccount } from "./key-reference.ts";
import type { KeyStore } from "./key-store.ts";
import type { RequestMembers } from "./request-members.ts";

/** What every operation works on. */
export interface KmsServices {
  readonly store: KeyStore;
  readonly account: KmsAccount;
  readonly clock: () => Date;
}

/** One KMS operation: members of the request in, members of the answer out, undefined for an empty body. */
export type KmsOperation = (
  members: RequestMembers,
  services: KmsServices,
) => Promise<object | undefined> | object | undefined;

/** Timestamps on the wire: seconds since 1970 with a fraction (AWS JSON 1.1). */
export function epochSeconds(at: Date): number {
  return at.getTime() / 1000;
}
