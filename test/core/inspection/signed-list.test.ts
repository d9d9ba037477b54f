import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { sequence } from "../../../core/asn1/der-writer.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { inspectSignedList } from "../../../core/inspection/inspection.ts";
import { buildTbsCertList } from "../../../core/revocation/revocation-list.ts";
import { ECDSA_SHA256, ECDSA_SHA384, signLocally } from "../../../core/keys/signature-algorithm.ts";
import { bitFlips, partsOf, signedWith } from "../../support/der-mutants.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { fields, issuer, issuerKey, planned } from "../../support/inspected-list.ts";

describe("the inspection of a signed list", () => {
  let whole: Der;
  before(() => {
    whole = signed(planned);
  });

  function signed(tbs: Der, { privateKey } = issuerKey): Der {
    return signedWith(tbs, ECDSA_SHA256.algorithmIdentifier, signLocally(ECDSA_SHA256, tbs, privateKey));
  }

  async function verdict(der: Der): Promise<string | undefined> {
    const events: AuditEvent[] = [];
    const services = { audit: (event: AuditEvent) => void events.push(event) };
    const error: unknown = await inspectSignedList(services, "issuing-g1", der, planned, issuerKey.spki).catch(
      (thrown: unknown) => thrown,
    );
    assert.equal(events.length, error === undefined ? 0 : 1);
    return error instanceof InspectionError ? error.differences[0]?.field : error === undefined ? undefined : "?";
  }

  it("refuses another list, algorithm, signature or key, and what is behind it", async () => {
    assert.equal(await verdict(whole), undefined);
    const [, , signature = new Uint8Array()] = partsOf(whole);
    const others: Readonly<Record<string, Der>> = {
      tbsCertList: signed(buildTbsCertList(issuer, { ...fields, number: 8 })),
      signatureAlgorithm: sequence(planned, ECDSA_SHA384.algorithmIdentifier, signature),
      signatureValue: signed(planned, newKeyPair("P-256")),
      encoding: sequence(...partsOf(whole), sequence()),
    };
    for (const [field, der] of Object.entries(others)) assert.equal(await verdict(der), field);
    assert.equal(await verdict(Buffer.concat([whole, Uint8Array.of(5, 0)])), "encoding");
  });

  it("reads every octet of it: no bit can turn unseen", async () => {
    const unseen: number[] = [];
    for (const { octet, der } of bitFlips(whole)) if ((await verdict(der)) === undefined) unseen.push(octet);
    assert.deepEqual(unseen, []);
  });
});
