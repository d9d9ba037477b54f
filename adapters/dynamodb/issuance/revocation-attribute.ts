import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { REVOCATION_REASONS, type Revocation } from "../../../core/ledger/issuance-record.ts";
import { map, mapOf, oneOf, text, textOf, time, timeOf, type Item } from "../attribute.ts";

export function revocationAttribute({ reason, by, at }: Revocation): AttributeValue {
  return map({ reason: text(reason), by: text(by), at: time(at) });
}

export function revocationOf(item: Item, name: string): Revocation {
  const revocation = mapOf(item, name);
  return {
    reason: oneOf(revocation, "reason", REVOCATION_REASONS),
    by: textOf(revocation, "by"),
    at: timeOf(revocation, "at"),
  };
}
