import type { PageRequest } from "../../../core/ledger/page.ts";
import {
  revokedCertificateOf,
  type RevokedCertificate,
  type RevokedPage,
} from "../../../core/revocation/revocation-ledger.ts";
import { textOf, timeOf, unreadable, type Item } from "../attribute.ts";
import { pageByTime } from "../index-list.ts";
import { serialNumberOf } from "./issuance-item.ts";
import { revocationOf } from "./revocation-attribute.ts";
import type { DynamoDbTable } from "../table.ts";

/** From the index alone: it holds all that a list says. */
export async function listRevoked(
  table: DynamoDbTable,
  issuerId: string,
  page: PageRequest,
  since?: Date,
): Promise<RevokedPage> {
  const list = { kind: "issuances", indexName: "revoked", partition: issuerId, isNewestFirst: false, since } as const;
  const { items: rows, cursor } = await pageByTime(table, list, page);
  const items: RevokedCertificate[] = [];
  const unread: string[] = [];
  for (const row of rows) {
    try {
      items.push(revokedIn(row));
    } catch {
      unread.push(textOf(row, "name"));
    }
  }
  return { items, unreadable: unread, cursor };
}

/** @throws Error when the entry is none of ours */
function revokedIn(row: Item): RevokedCertificate {
  const certificate = revokedCertificateOf({
    reservation: { serialNumber: serialNumberOf(row), notAfter: timeOf(row, "na") },
    ...(row["rv"] === undefined ? {} : { revocation: revocationOf(row, "rv") }),
    ...(row["v"] === undefined ? {} : { voidedAt: timeOf(row, "v") }),
  });
  return certificate ?? unreadable("rv", "revocation");
}
