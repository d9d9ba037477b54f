import { Option } from "commander";
import { SIGNER_NAMES } from "../../../core/certificate/profile.ts";
import type { Query } from "../../service/admin-service.ts";

export interface SignerFlags {
  readonly signer?: string;
}

/** A name is one thing, whatever certificates it has; this narrows what is done to those of one signer. */
export function signerOption(): Option {
  return new Option("--signer <name>", "only certificates of this signer (default: all)").choices(SIGNER_NAMES);
}

export function signerQuery({ signer }: SignerFlags): Query {
  return signer === undefined ? {} : { signerName: signer };
}

/** Behind a name in a report: ` (nodeseal.dev/server)`, or nothing. */
export function signerText({ signer }: SignerFlags): string {
  return signer === undefined ? "" : ` (${signer})`;
}
