import * as z from "zod/mini";
import { issuingGenerationOf } from "../../core/authority/generation.ts";
import type { Certificate } from "../../core/certificate/certificate.ts";
import {
  parseIssuingCertificate,
  parseRoot,
  parseTrustAnchors,
  type IssuingCertificates,
  type TrustAnchors,
} from "../../core/authority/external/external-ca.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import type { ExternalCaSettings } from "./deployment-configuration.ts";
import { refused, type AuthoritySection } from "./hierarchy.ts";

const fileName = z.string().check(z.minLength(1));

/** The members of `authority` that name its files: one file, or several. */
export const externalCaMembers = {
  externalRootFile: z.optional(fileName),
  externalRootFiles: z.optional(z.array(fileName).check(z.minLength(1), z.maxLength(10))),
  issuingCertificateFile: z.optional(fileName),
  issuingCertificateFiles: z.optional(z.record(z.string(), fileName)),
};

/** A file, and the member that names it. */
type NamedFile = readonly [member: string, path: string];

/**
 * Reads the files. Undefined without an external CA. Makes every check that needs neither key nor clock.
 *
 * @throws RefusalError naming the member
 */
export function externalCaSettings(
  section: AuthoritySection,
  longestLifetimeSeconds: number,
  readFile: (path: string) => string,
): ExternalCaSettings | undefined {
  if (section.hierarchy !== "external") return undefined;
  const roots = rootFiles(section).map(([member, path]) => refusing(member, () => pemOf(parseRoot(readFile(path)))));
  const [first, ...others] = roots;
  if (first === undefined) throw refused("externalRootFile", "is needed: the root that signs the issuing CA, in PEM");
  const anchors = refusing("externalRootFiles", () => parseTrustAnchors(roots.join("")));
  const issuing = new Map<string, Certificate>();
  for (const [id, [member, path]] of issuingFiles(section)) {
    const read = (): Certificate => issuingCertificate(readFile(path), anchors, issuing, longestLifetimeSeconds);
    issuing.set(id, refusing(member, read));
  }
  const issuingCertificates = Object.fromEntries([...issuing].map(([id, certificate]) => [id, pemOf([certificate])]));
  return { roots: [first, ...others], issuingCertificates };
}

function rootFiles({ externalRootFile, externalRootFiles }: AuthoritySection): readonly NamedFile[] {
  if (externalRootFile !== undefined) return [["externalRootFile", externalRootFile]];
  return (externalRootFiles ?? []).map((path, index) => [`externalRootFiles[${index}]`, path]);
}

/** By the generation's id, the first one first. @throws RefusalError */
function issuingFiles(section: AuthoritySection): ReadonlyMap<string, NamedFile> {
  const { issuingCertificateFile, issuingCertificateFiles = {}, issuingGenerations } = section;
  if (issuingCertificateFile !== undefined)
    return new Map([["issuing-g1", ["issuingCertificateFile", issuingCertificateFile]]]);
  const entries = Object.entries(issuingCertificateFiles).map(([id, path]): [string, NamedFile] => {
    const member = `issuingCertificateFiles.${id}`;
    const generation = issuingGenerationOf(id);
    if (generation === 0) throw refused(member, 'must be named for a generation: "issuing-g1", "issuing-g2" …');
    if (generation > issuingGenerations)
      throw refused(
        member,
        `has no key: authority.issuingGenerations is ${issuingGenerations}, and must be at least ${generation}`,
      );
    return [id, [member, path]];
  });
  return new Map(entries.sort(([one], [other]) => issuingGenerationOf(one) - issuingGenerationOf(other)));
}

function issuingCertificate(
  pem: string,
  anchors: TrustAnchors,
  others: IssuingCertificates,
  longestLifetimeSeconds: number,
): Certificate {
  const certificate = parseIssuingCertificate(pem, anchors, others);
  const seconds = (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / 1000;
  if (seconds < longestLifetimeSeconds)
    throw new Error(
      `holds a certificate valid for ${seconds} s, less than the ${longestLifetimeSeconds} s that the policy lets certificates live`,
    );
  return certificate;
}

function pemOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => encodePem("CERTIFICATE", der)).join("");
}

function refusing<T>(member: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refused(member, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
