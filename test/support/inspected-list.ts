import assert from "node:assert/strict";
import type { AuditEvent } from "../../core/audit/audit-event.ts";
import type { Der } from "../../core/asn1/der.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import { InspectionError } from "../../core/inspection/difference.ts";
import { inspectCertList } from "../../core/inspection/inspection.ts";
import { AUTHORITY_KEY_SPECS } from "../../core/keys/key-type.ts";
import {
  buildTbsCertList,
  type RevocationListFields,
  type RevokedEntry,
} from "../../core/revocation/revocation-list.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { issuingAlgorithm } from "../../core/keys/signature-algorithm.ts";
import type { IssuerFields } from "../../core/certificate/tbs-certificate.ts";
import { keyIdentifierOf } from "../../core/certificate/extension.ts";
import { hoursFrom, NOW } from "./authorities.ts";
import { newKeyPair } from "./key-pairs.ts";

export const issuerKey = newKeyPair("P-256");
export const issuerOf = (spki: Der, keySpec: (typeof AUTHORITY_KEY_SPECS)[number]): IssuerFields => ({
  subjectName: encodeDistinguishedName(subjectName(["Nodeseal"], "plan issuing G1")),
  subjectKeyId: keyIdentifierOf(spki),
  signatureAlgorithm: issuingAlgorithm(keySpec),
});
export const issuer = issuerOf(issuerKey.spki, "P-256");

export const entry = (changes: Partial<RevokedEntry> = {}): RevokedEntry => ({
  serialNumber: randomSerialNumber(),
  revokedAt: hoursFrom(NOW, -2),
  reason: "keyCompromise",
  ...changes,
});

/** Two reasons, so that what is read once serves more than one entry. */
export const entries = [entry(), entry({ reason: "superseded" }), entry(), entry({ reason: "unspecified" })].toSorted(
  (one, other) => (one.serialNumber < other.serialNumber ? -1 : 1),
);
export const SHARD_URL = "http://crl.example/v1/crl/issuing-g1/a";
export const fields: RevocationListFields = {
  ...{ number: 7, thisUpdate: NOW, nextUpdate: hoursFrom(NOW, 24) },
  ...{ entries, distributionPoints: [SHARD_URL] },
};
export const planned = buildTbsCertList(issuer, fields);

export async function inspection(tbs: Der, of = fields): Promise<{ error: unknown; events: readonly AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const services = { audit: (event: AuditEvent) => void events.push(event) };
  const error: unknown = await inspectCertList(services, "issuing-g1", tbs, issuer, of).catch(
    (thrown: unknown) => thrown,
  );
  return { error, events };
}

export async function assertRefused(tbs: Der, field: string): Promise<void> {
  const { error, events } = await inspection(tbs);
  assert.ok(error instanceof InspectionError, `it was not refused: ${String(error)}`);
  const named = error.differences.map((one) => one.field);
  assert.ok(named.includes(field), `expected ${field} among ${error.message}`);
  assert.match(error.message, /revocation list 7 of issuing-g1 as planned: .*expected .*got /s);
  assert.deepEqual(
    events.map(({ event, authorityId }) => [event, authorityId]),
    [["inspection_failed", "issuing-g1"]],
  );
}
