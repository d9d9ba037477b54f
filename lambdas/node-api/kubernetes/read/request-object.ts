import { certificateOf } from "../../../../core/issuance/issuance-answer.ts";
import { isApprovedUnsigned, type IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import type { IssuerDirectory } from "../../../../core/authority/issuer-directory.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import type { Policy } from "../../../../core/policy/policy.ts";
import { objectNameOf } from "../../../../core/ledger/request-name.ts";
import { lastChangeOf } from "../../../../core/signing-request/retention.ts";
import { conditionsOf, hasCertificate } from "../../../../core/signing-request/conditions.ts";
import { rfc3339 } from "../../../http/rfc3339.ts";
import { NOT_SIGNED_ANNOTATION } from "../protocol/annotations.ts";
import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "../protocol/resources.ts";

/** What rendering needs besides the record. */
export interface Rendering {
  readonly policy: Policy;
  readonly directory: IssuerDirectory;
}

/** Decimal, growing with every change that can be seen (K7.7: newer clients compare them as numbers). */
export function resourceVersionOf(record: IssuanceRecord): string {
  return String(lastChangeOf(record).getTime());
}

/** A CertificateSigningRequest of `certificates.k8s.io/v1`. */
export function requestObject(record: IssuanceRecord, { policy, directory }: Rendering) {
  const { username, groups, usages, signerName, lifetimeSeconds, csr } = record;
  const certificate = certificateText(record, directory);
  const conditions = conditionsOf(record, policy).map(({ type, reason, message, at }) => ({
    type,
    status: "True",
    reason,
    message,
    lastUpdateTime: rfc3339(at),
    lastTransitionTime: rfc3339(at),
  }));
  return {
    kind: CSR_RESOURCE.kind,
    apiVersion: CERTIFICATES_API_VERSION,
    metadata: objectMetadata(record),
    spec: {
      groups,
      request: base64(encodePem("CERTIFICATE REQUEST", csr)),
      signerName,
      usages,
      username,
      ...(lifetimeSeconds === undefined ? {} : { expirationSeconds: lifetimeSeconds }),
    },
    status: {
      ...(certificate === undefined ? {} : { certificate: base64(certificate) }),
      ...(conditions.length === 0 ? {} : { conditions }),
    },
  };
}

export type RequestObject = ReturnType<typeof requestObject>;

export function objectMetadata(record: IssuanceRecord) {
  const { name, uid, createdAt, metadata } = record;
  const annotations = annotationsOf(record);
  return {
    name: objectNameOf(name),
    uid,
    resourceVersion: resourceVersionOf(record),
    creationTimestamp: rfc3339(createdAt),
    ...(metadata === undefined || isEmpty(metadata.labels) ? {} : { labels: metadata.labels }),
    ...(isEmpty(annotations) ? {} : { annotations }),
  };
}

/** What people and tools wrote, and why an approved request is not signed: `kubectl describe` shows both. */
function annotationsOf({ metadata, ...record }: IssuanceRecord): Readonly<Record<string, string>> {
  const { obstacle } = record;
  if (obstacle === undefined || !isApprovedUnsigned(record)) return metadata?.annotations ?? {};
  const why = `${obstacle.message} (tried at ${rfc3339(obstacle.at)})`;
  return { ...metadata?.annotations, [NOT_SIGNED_ANNOTATION]: why };
}

/** Leaf first, with the issuing CA: as `/v1/certificates` gives it, so that a server which trusts the root alone can follow. */
function certificateText(record: IssuanceRecord, directory: IssuerDirectory): string | undefined {
  const certificate = hasCertificate(record) ? certificateOf(record, directory) : undefined;
  if (certificate === undefined || record.reservation === undefined) return undefined;
  return [certificate, ...directory.byId(record.reservation.issuerId).chain]
    .map((der) => encodePem("CERTIFICATE", der))
    .join("");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
