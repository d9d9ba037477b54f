import type { AuthorityHierarchy } from "../core/authority-plan.ts";
import type { Certificate } from "../core/certificate.ts";
import { parseIssuingCertificate, parseTrustAnchors, type TrustAnchors } from "../core/outside-ca.ts";
import { encodePem } from "../core/pem.ts";
import { RefusalError } from "../core/refusal.ts";
import { AUTHORITY_DEFAULTS } from "./service-defaults.ts";

/** The CA outside that signs the issuing CA: what a deployment pins of it. */
export interface OutsideCaSettings {
  /** Its root first, then CAs between it and the issuing CA. */
  readonly rootsPem: string;
  /** Undefined: the request for it must be signed first. */
  readonly issuingCertificatePem?: string;
}

interface AuthoritySection {
  readonly hierarchy: AuthorityHierarchy;
  readonly externalRootFile?: string | undefined;
  readonly issuingCertificateFile?: string | undefined;
  readonly rootGenerations: number;
  readonly issuingGenerations: number;
  readonly rootLifetimeDays: number;
  readonly issuingLifetimeDays: number;
}

/** What is decided by the CA outside, or not offered with one. */
const OWN_ONLY = ["rootGenerations", "issuingGenerations", "rootLifetimeDays", "issuingLifetimeDays"] as const;
const EXTERNAL_ONLY = ["externalRootFile", "issuingCertificateFile"] as const;

/**
 * What a deployment makes of the files; undefined when the root is the service's own. All is checked here that needs
 * neither key nor clock.
 *
 * @throws RefusalError naming the member
 */
export function outsideCaSettings(
  section: AuthoritySection,
  longestLifetimeSeconds: number,
  readFile: (path: string) => string,
): OutsideCaSettings | undefined {
  assertMembers(section);
  const { externalRootFile, issuingCertificateFile } = section;
  if (externalRootFile === undefined) return undefined;
  const anchors = refusing("externalRootFile", () => parseTrustAnchors(readFile(externalRootFile)));
  const rootsPem = anchors.map(({ der }) => encodePem("CERTIFICATE", der)).join("");
  if (issuingCertificateFile === undefined) return { rootsPem };
  const { der } = refusing("issuingCertificateFile", () =>
    issuingCertificate(readFile(issuingCertificateFile), anchors, longestLifetimeSeconds),
  );
  return { rootsPem, issuingCertificatePem: encodePem("CERTIFICATE", der) };
}

function issuingCertificate(pem: string, anchors: TrustAnchors, longestLifetimeSeconds: number): Certificate {
  const certificate = parseIssuingCertificate(pem, anchors);
  const seconds = (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / 1000;
  if (seconds < longestLifetimeSeconds)
    throw new Error(
      `holds a certificate valid for ${seconds} s, less than the ${longestLifetimeSeconds} s that the policy lets certificates live`,
    );
  return certificate;
}

function assertMembers(section: AuthoritySection): void {
  if (section.hierarchy === "own") {
    const stray = EXTERNAL_ONLY.find((member) => section[member] !== undefined);
    if (stray !== undefined) throw refused(stray, 'must be left out unless authority.hierarchy is "external"');
    return;
  }
  if (section.externalRootFile === undefined)
    throw refused("externalRootFile", "is needed: the root that signs the issuing CA, in PEM");
  const stray = OWN_ONLY.find((member) => section[member] !== AUTHORITY_DEFAULTS[member]);
  if (stray !== undefined)
    throw refused(
      stray,
      'must be left out where authority.hierarchy is "external": there is one issuing CA, and its issuer decides',
    );
}

function refusing<T>(member: (typeof EXTERNAL_ONLY)[number], read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refused(member, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function refused(member: string, why: string, options: ErrorOptions = {}): RefusalError {
  const field = `authority.${member}`;
  return new RefusalError("malformed_request", `the configuration: "${field}" ${why}`, { field, ...options });
}
