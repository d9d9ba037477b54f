import type { Der } from "../asn1/der.ts";
import type { AuthorityKeySpec } from "./key-type.ts";

/** Makes CA keys. Only the provisioner uses this port, never the function that issues. */
export interface KeyMaker {
  /** Finds the key of this alias, or makes it. Idempotent. */
  findOrCreateKey(alias: string, keySpec: AuthorityKeySpec): Promise<{ keyArn: string; spki: Der }>;
}
