import { RESPONDER_ID_PREFIX, type ResponderStore } from "../../../core/ocsp/responder-certificate.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { bytes, seconds, text, time } from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

/** For who accounts for signatures later. */
const KEPT_MS = 90 * 24 * 3600 * 1000;

/** An item for each, in the table of the CAs. */
export function dynamoDbResponderStore(options: TableOptions): ResponderStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    reserve: async (serialNumber, { tbsCertificate, until }) => {
      const item = {
        id: text(idOf(serialNumber)),
        tbs: bytes(tbsCertificate),
        notAfter: time(until),
        deleteAt: seconds(new Date(until.getTime() + KEPT_MS)),
      };
      if (!(await table.put(item, { condition: "attribute_not_exists(#id)" })))
        throw new Error(`there is a responder ${serialNumber} already`);
    },
    complete: async (serialNumber, certificate) => {
      const change = {
        update: "SET #certificate = :certificate",
        condition: "attribute_exists(#tbs)",
        values: { ":certificate": bytes(certificate) },
      };
      const { isApplied } = await table.update(idOf(serialNumber), change);
      if (!isApplied) throw new Error(`the responder ${serialNumber} was not recorded before it was signed`);
    },
  };
}

function idOf(serialNumber: SerialNumber): string {
  return `${RESPONDER_ID_PREFIX}${serialNumber}`;
}
