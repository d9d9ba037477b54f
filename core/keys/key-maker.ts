import type { Der } from "../asn1/der.ts";
import type { AuthorityKeySpec } from "./key-type.ts";

/** Makes CA keys: the provisioner's port, never the issuing function's. */
export interface KeyMaker {
  /** The key of this alias, made if there is none. Idempotent. */
  findOrCreateKey(alias: string, keySpec: AuthorityKeySpec): Promise<{ keyArn: string; spki: Der }>;
}
