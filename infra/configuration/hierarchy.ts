import type { AuthorityHierarchy } from "../../core/authority/plan.ts";
import { RefusalError } from "../../core/refusal.ts";
import { AUTHORITY_DEFAULTS } from "./service-defaults.ts";

/** The members of `authority` that depend on the hierarchy. */
export interface AuthoritySection {
  readonly hierarchy: AuthorityHierarchy;
  readonly externalRootFile?: string | undefined;
  readonly externalRootFiles?: readonly string[] | undefined;
  readonly issuingCertificateFile?: string | undefined;
  readonly issuingCertificateFiles?: Readonly<Record<string, string>> | undefined;
  readonly rootGenerations: number;
  readonly issuingGenerations: number;
  readonly rootLifetimeDays: number;
  readonly issuingLifetimeDays: number;
}

/** Members that the external CA decides. */
const NOT_EXTERNAL = ["rootGenerations", "rootLifetimeDays", "issuingLifetimeDays"] as const;
/** Members that a single-tier hierarchy does not have. */
const NOT_SINGLE = ["rootGenerations", "rootLifetimeDays"] as const;
const EXTERNAL_ONLY = [
  "externalRootFile",
  "externalRootFiles",
  "issuingCertificateFile",
  "issuingCertificateFiles",
] as const;

/**
 * Checks that each member belongs to the hierarchy.
 *
 * @throws RefusalError naming the member
 */
export function assertHierarchyMembers(section: AuthoritySection): void {
  if (section.hierarchy !== "external") {
    const stray = EXTERNAL_ONLY.find((member) => section[member] !== undefined);
    if (stray !== undefined) throw refused(stray, 'must be left out unless authority.hierarchy is "external"');
    if (section.hierarchy === "single") assertNoRoot(section);
    return;
  }
  for (const member of ["externalRootFile", "issuingCertificateFile"] as const)
    if (section[member] !== undefined && section[`${member}s`] !== undefined)
      throw refused(member, `must be left out beside authority.${member}s: say it there`);
  const stray = NOT_EXTERNAL.find((member) => section[member] !== AUTHORITY_DEFAULTS[member]);
  if (stray !== undefined)
    throw refused(stray, 'must be left out where authority.hierarchy is "external": the external CA decides');
}

function assertNoRoot(section: AuthoritySection): void {
  const stray = NOT_SINGLE.find((member) => section[member] !== AUTHORITY_DEFAULTS[member]);
  if (stray !== undefined)
    throw refused(stray, 'must be left out where authority.hierarchy is "single": the issuing CA is its own root');
}

/** @param member the path within `authority` */
export function refused(member: string, why: string, options: ErrorOptions = {}): RefusalError {
  const field = `authority.${member}`;
  return new RefusalError("malformed_request", `the configuration: "${field}" ${why}`, { field, ...options });
}
