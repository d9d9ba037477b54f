import assert from "node:assert/strict";
import type { AuthorityPlan } from "../../core/authority/plan.ts";
import type { RevocationReason } from "../../core/ledger/issuance-record.ts";
import { publishRevocationLists } from "../../core/revocation/reconcile-lists.ts";
import { WHOLE } from "../../core/authority/revocation-shard.ts";
import type { SerialNumber } from "../../core/certificate/serial-number.ts";
import { hoursFrom } from "./authorities.ts";
import { reconciliationBench } from "./authority-reconciliations.ts";
import { completion, reservedRecord } from "./stored-records.ts";
import { X509Crl } from "./x509.ts";

export interface HeldCertificate {
  readonly name: string;
  readonly serialNumber: SerialNumber;
}

/** Reconciliations in memory, with certificates to revoke and the lists that come of it. */
export function revocationBench(planned: Partial<AuthorityPlan> = {}) {
  const bench = reconciliationBench(planned);
  const { services, clock } = bench;
  return {
    ...bench,
    round: async (): Promise<void> => publishRevocationLists(services, bench.plan, await bench.round()),
    advance: (hours: number): void => {
      clock.now = hoursFrom(clock.now, hours);
    },
    /** On record for so long. */
    issue: async (hours: number, serialNumber?: string): Promise<HeldCertificate> => {
      const reserved = {
        issuerId: "issuing-g1",
        notAfter: hoursFrom(clock.now, hours),
        ...(serialNumber === undefined ? {} : { serialNumber: serialNumber as SerialNumber }),
      };
      const { name, reservation } = reservedRecord({}, reserved);
      await services.ledger.reserve(reservedRecord({ name }, reservation));
      await services.ledger.complete(name, completion());
      return { name, serialNumber: reservation.serialNumber };
    },
    revoke: async ({ name }: HeldCertificate, reason: RevocationReason = "keyCompromise"): Promise<void> => {
      await services.ledger.revoke(name, { reason, by: "operator", at: clock.now });
    },
    /** What is handed out. */
    published: async (authorityId = "issuing-g1", shard = WHOLE) => {
      const list = { authorityId, shard };
      const { published } = await services.lists.read(list);
      if (published === undefined) return undefined;
      const der = await services.lists.fetch(list, published);
      assert.ok(der !== undefined, `list ${published.number} of ${authorityId} is not there`);
      return { ...published, der, serialNumbers: serialNumbersIn(der) };
    },
  };
}

export function serialNumbersIn(der: Uint8Array): readonly string[] {
  return new X509Crl(der).entries.map(({ serialNumber }) => serialNumber.replace(/^00(?=.{32}$)/, ""));
}
