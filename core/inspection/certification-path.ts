import { isSelfIssued } from "../authority/authority.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { describeName } from "../asn1/distinguished-name.ts";
import type { Difference } from "./difference.ts";
import { nameReading } from "./field-reading.ts";
import {
  AsnConvert,
  BasicConstraintsExtension,
  Certificate as AsnCertificate,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509ChainBuilder,
  type X509Certificate,
} from "./x509.ts";

/**
 * The path from a CA to its root: X509ChainBuilder, which verifies each signature on the way, must find the one that this
 * service finds, and each CA on it must be allowed to stand there.
 */
export async function differencesOfPath(
  theirs: X509Certificate,
  allTheirs: readonly X509Certificate[],
  ours: Certificate,
  allOurs: readonly Certificate[],
): Promise<Difference[]> {
  const found = await new X509ChainBuilder({ certificates: [...allTheirs] }).build(theirs);
  const expected = pathOf(ours, allOurs).map(({ subject }) => describeName(subject));
  const got = found.map(
    (one) => nameReading(AsnConvert.parse(one.rawData, AsnCertificate).tbsCertificate.subject).text,
  );
  if (expected.join(" < ") !== got.join(" < "))
    return [{ field: "certification path", expected: expected.join(" < "), got: got.join(" < ") }];
  const root = found.at(-1);
  if (root === undefined || !(await root.isSelfSigned()))
    return [{ field: "certification path", expected: `${got.join(" < ")} < a root`, got: got.join(" < ") }];
  return found
    .slice(1)
    .flatMap((issuer, casBelow) => differencesOfIssuer(issuer, found[casBelow] ?? theirs, casBelow + 1));
}

/** By name, as `core/authority-path.ts` does. A loop of two CAs ends where all have been seen. */
function pathOf(certificate: Certificate, all: readonly Certificate[]): readonly Certificate[] {
  const path = [certificate];
  let current = certificate;
  while (!isSelfIssued(current)) {
    const { issuerName } = current;
    const issuer = all.find((one) => Buffer.compare(one.subjectName, issuerName) === 0);
    if (issuer === undefined || path.includes(issuer)) break;
    path.push(issuer);
    current = issuer;
  }
  return path;
}

/** RFC 5280 section 6.1.4 (k) to (n), and that no CA outlives its issuer. */
function differencesOfIssuer(issuer: X509Certificate, subject: X509Certificate, casBelow: number): Difference[] {
  const constraints = issuer.getExtension(BasicConstraintsExtension);
  const usages = issuer.getExtension(KeyUsagesExtension)?.usages ?? 0;
  const length = constraints?.pathLength ?? Infinity;
  const conditions: readonly (readonly [boolean, string, string, string])[] = [
    [constraints?.ca === true, "basicConstraints", "CA:TRUE", "no CA"],
    [length >= casBelow, "basicConstraints", `pathlen:${casBelow} or more`, `pathlen:${length}`],
    [(usages & KeyUsageFlags.keyCertSign) !== 0, "keyUsage", "keyCertSign", "none"],
    [issuer.notBefore <= subject.notBefore, "notBefore", time(subject.notBefore, "or earlier"), time(issuer.notBefore)],
    [issuer.notAfter >= subject.notAfter, "notAfter", time(subject.notAfter, "or later"), time(issuer.notAfter)],
  ];
  return conditions
    .filter(([holds]) => !holds)
    .map(([, field, expected, got]) => ({ field: `issuer's ${field}`, expected, got }));
}

function time(at: Date, more = ""): string {
  return `${at.toISOString()} ${more}`.trim();
}
