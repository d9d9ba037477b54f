import type { Der } from "../asn1/der.ts";
import { sequence } from "../asn1/der-writer.ts";
import { keyReading } from "./certificate-reading.ts";
import { contentOf, elementsOf } from "./der-elements.ts";
import { differencesBetween, type Difference } from "./difference.ts";
import { algorithmReading, DER, encodingReading } from "./field-reading.ts";
import { divided } from "./revocation-list.ts";
import { AsnConvert, CertificateList, PublicKey, X509Certificate, X509Crl } from "./x509.ts";

/*
 * Signatures as @peculiar/x509 verifies them, with WebCrypto. ML-DSA too: WebCrypto of Node 24 knows it, and warns once
 * that it is experimental.
 */

/** Whether this key has signed a certificate. */
export async function differencesOfSignature(der: Der, signerSpki: Der): Promise<Difference[]> {
  const certificate = new X509Certificate(der);
  return verdict(signerSpki, (publicKey) => certificate.verify({ publicKey, signatureOnly: true }));
}

/** Whether a revocation list is this TBSCertList, which was inspected before, signed by this key. */
export async function differencesOfSignedList(der: Der, tbsCertList: Der, signerSpki: Der): Promise<Difference[]> {
  const [tbs = new Uint8Array(), ...rest] = elementsOf(contentOf(der, 0x30));
  if (Buffer.compare(tbs, tbsCertList) !== 0)
    return [{ field: "tbsCertList", expected: "the one that was signed", got: "another" }];
  // Its entries were read before, and are many.
  const frame = sequence(divided(tbsCertList).frame, ...rest.map((part) => Buffer.from(part)));
  const list = AsnConvert.parse(frame, CertificateList);
  const differences = differencesBetween(
    new Map(Object.entries({ encoding: DER, signatureAlgorithm: algorithmReading(list.tbsCertList.signature) })),
    new Map(
      Object.entries({
        encoding: encodingReading(frame, AsnConvert.serialize(list)),
        signatureAlgorithm: algorithmReading(list.signatureAlgorithm),
      }),
    ),
  );
  if (differences.length > 0) return differences;
  // What is signed has the entries.
  list.tbsCertListRaw = Uint8Array.from(tbsCertList).buffer;
  const whole = new X509Crl(list);
  return verdict(signerSpki, (publicKey) => whole.verify({ publicKey }));
}

/**
 * A PublicKey, and no certificate: given the issuer's certificate, X509Crl.verify takes the hash that the issuer itself was
 * signed with.
 */
async function verdict(signerSpki: Der, isVerified: (publicKey: PublicKey) => Promise<boolean>): Promise<Difference[]> {
  const difference = { field: "signatureValue", expected: `by the key ${keyReading(signerSpki).text}` };
  try {
    return (await isVerified(new PublicKey(signerSpki))) ? [] : [{ ...difference, got: "one that does not verify" }];
  } catch (error) {
    return [{ ...difference, got: error instanceof Error ? error.message : "one that cannot be read" }];
  }
}
