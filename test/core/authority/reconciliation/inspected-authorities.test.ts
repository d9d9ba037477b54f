import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDer, type Der } from "../../../../core/asn1/der.ts";
import { sequence, time } from "../../../../core/asn1/der-writer.ts";
import type { AuditEvent } from "../../../../core/audit/audit-event.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../../../core/authority/reconciliation/create-authority.ts";
import { caConstraints } from "../../../../core/certificate/extension.ts";
import { OID } from "../../../../core/asn1/object-identifier.ts";
import type { SerialNumber } from "../../../../core/certificate/serial-number.ts";
import { InspectionError } from "../../../../core/inspection/difference.ts";
import { authorityServices, hoursFrom, NOW } from "../../../support/authorities.ts";
import { changed, isOfType, withExtensions } from "../../../support/der-mutants.ts";

/** What a store gives back for the issuing CA's TBSCertificate, and everything that came of it. */
async function createdWith(mutant: (tbs: Der) => Der) {
  const services = authorityServices();
  const events: AuditEvent[] = [];
  const signed: string[] = [];
  const written: unknown[] = [];
  const error: unknown = await createFirstAuthorities(
    {
      ...services,
      audit: (event) => void events.push(event),
      authorities: {
        ...services.authorities,
        reserve: async (id, tbs) => {
          const stored = await services.authorities.reserve(id, tbs);
          return id === "issuing-g1" ? mutant(stored) : stored;
        },
        write: (bundle) => {
          written.push(bundle);
          return services.authorities.write(bundle);
        },
      },
      signer: {
        sign: (keyArn, ...message) => {
          signed.push(keyArn);
          return services.signer.sign(keyArn, ...message);
        },
      },
    },
    DEFAULT_AUTHORITY_PLAN,
  ).catch((thrown: unknown) => thrown);
  return { error, events, signed, written };
}

const EXTENSIONS = 7;
const longerPath = (tbs: Der): Der =>
  changed(tbs, EXTENSIONS, (tagged) =>
    withExtensions(tagged, (all) =>
      all.map((one) => (isOfType(one, OID.basicConstraints) ? caConstraints(3) : one.encoded)),
    ),
  );

describe("a CA whose recorded TBSCertificate is not the planned one", () => {
  it("is not signed, not written, and raises the alarm", async () => {
    const { error, events, signed, written } = await createdWith(longerPath);
    assert.ok(error instanceof InspectionError);
    assert.match(
      error.message,
      /issuing-g1 as planned: basicConstraints: expected critical, CA:TRUE, pathlen:0, got critical, CA:TRUE, pathlen:3\./,
    );
    assert.deepEqual(signed.length, 1, "the root alone was signed");
    assert.deepEqual(written, []);
    assert.deepEqual(
      events.map(({ event, authorityId, field }) => [event, authorityId, field]),
      [["inspection_failed", "issuing-g1", "basicConstraints"]],
    );
  });

  it("is signed as it was recorded, when only its serial number and times are another attempt's", async () => {
    const { error, written } = await createdWith((tbs) =>
      changed(tbs, 4, () => sequence(time(hoursFrom(NOW, -2)), time(hoursFrom(NOW, 48)))),
    );
    assert.ok(!(error instanceof Error), String(error));
    assert.equal(written.length, 1);
  });

  it("is refused with a serial number that is none of ours", async () => {
    const short = parseDer(Buffer.from("02020102", "hex")).encoded;
    const { error, written } = await createdWith((tbs) => changed(tbs, 1, () => short));
    assert.match(String(error), /issuing-g1 was begun with a serial number that is none of ours/);
    assert.deepEqual(written, []);
  });
});

describe("a CA whose certificate the encoder gets wrong", () => {
  it("is recorded nowhere: the next attempt, with a mended encoder, begins anew", async () => {
    const services = authorityServices();
    const reserved: string[] = [];
    const authorities: typeof services.authorities = {
      ...services.authorities,
      reserve: (id, tbs) => {
        reserved.push(id);
        return services.authorities.reserve(id, tbs);
      },
    };
    // DER drops the zeros at the front: what is encoded is another number than the planned one.
    const dice = { newSerialNumber: () => `00${"1".repeat(30)}` as SerialNumber };
    await assert.rejects(
      createFirstAuthorities({ ...services, ...dice, authorities }, DEFAULT_AUTHORITY_PLAN),
      /@peculiar\/x509 does not read the certificate of root-g1 as planned: serialNumber/,
    );
    assert.deepEqual(reserved, []);
    await createFirstAuthorities({ ...services, authorities }, DEFAULT_AUTHORITY_PLAN);
    assert.deepEqual(reserved, ["root-g1", "issuing-g1"]);
  });
});
