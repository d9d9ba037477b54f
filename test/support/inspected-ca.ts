import assert from "node:assert/strict";
import type { AuditEvent } from "../../core/audit/audit-event.ts";
import { buildCaTbs, selfIssuer, type CaFields } from "../../core/certificate/ca-certificate.ts";
import type { Der } from "../../core/asn1/der.ts";
import { subjectName } from "../../core/asn1/distinguished-name.ts";
import type { CaPlan } from "../../core/inspection/ca-certificate.ts";
import { InspectionError } from "../../core/inspection/difference.ts";
import { inspectCaCertificate } from "../../core/inspection/inspection.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { ECDSA_SHA256, signLocally } from "../../core/keys/signature-algorithm.ts";
import { hoursFrom, NOW } from "./authorities.ts";
import { signedWith } from "./der-mutants.ts";
import { newKeyPair, type KeyPair } from "./key-pairs.ts";

export const issuerKey = newKeyPair("P-256");
export const rootName = subjectName(["Nodeseal"], "plan root G1");

export function caFields(spki: Der, changes: Partial<CaFields> = {}): CaFields {
  return {
    serialNumber: randomSerialNumber(),
    validity: { notBefore: NOW, notAfter: hoursFrom(NOW, 24 * 365) },
    subject: subjectName(["Nodeseal"], "plan issuing G1"),
    spki,
    pathLength: 0,
    ...changes,
  };
}

export const root = selfIssuer(caFields(issuerKey.spki, { subject: rootName }), ECDSA_SHA256);
export const plan: CaPlan = { issuer: root, ca: caFields(newKeyPair("P-256").spki) };
export const planned = buildCaTbs(plan.issuer, plan.ca);

export function signed(tbs: Der, { privateKey }: Pick<KeyPair, "privateKey"> = issuerKey): Der {
  return signedWith(tbs, ECDSA_SHA256.algorithmIdentifier, signLocally(ECDSA_SHA256, tbs, privateKey));
}

export async function inspection(
  der: Der,
  of: CaPlan = plan,
): Promise<{ error: unknown; events: readonly AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const services = { audit: (event: AuditEvent) => void events.push(event) };
  const error: unknown = await inspectCaCertificate(services, "issuing-g1", der, of, issuerKey.spki).catch(
    (thrown: unknown) => thrown,
  );
  return { error, events };
}

/** By which field, with a message that says so, and the alarm's line. */
export async function assertRefused(der: Der, field: string): Promise<void> {
  const { error, events } = await inspection(der);
  assert.ok(error instanceof InspectionError, `it was not refused: ${String(error)}`);
  const fields = error.differences.map((one) => one.field);
  assert.ok(fields.includes(field), `expected ${field} among ${error.message}`);
  for (const { expected, got } of error.differences) assert.notEqual(expected, got);
  assert.match(
    error.message,
    /^@peculiar\/x509 does not read the certificate of issuing-g1 as planned: .*expected .*got /s,
  );
  assert.deepEqual(
    events.map(({ event, authorityId, field: named }) => [event, authorityId, named]),
    [["inspection_failed", "issuing-g1", fields[0]]],
  );
}
