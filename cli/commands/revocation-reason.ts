import { Option } from "commander";
import { REVOCATION_REASONS } from "../../core/ledger/issuance-record.ts";
import { choiceOption } from "../arguments/option-values.ts";

export interface ReasonFlags {
  readonly reason: string;
}

/** RFC 5280 section 5.3.1. */
export function reasonOption(): Option {
  return new Option("--reason <reason>", `why: ${REVOCATION_REASONS.join(", ")}`)
    .argParser(choiceOption(REVOCATION_REASONS))
    .default("unspecified");
}
