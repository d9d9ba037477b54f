import { publicKeyOf } from "../certificate/certificate.ts";
import { TAG, type Der } from "../asn1/der.ts";
import { sequence } from "../asn1/der-writer.ts";
import { acceptedAlgorithmOfCa, isValidSignature } from "../keys/signature-algorithm.ts";
import { keyReading } from "./certificate-reading.ts";
import { contentOf, elementsOf } from "./der-elements.ts";
import { differencesBetween, type Difference, type Reading } from "./difference.ts";
import { algorithmReading, DER, encodingReading } from "./field-reading.ts";
import { divided } from "./revocation-list.ts";
import { AsnConvert, Certificate, CertificateList, PublicKey, X509Certificate, X509Crl } from "./x509.ts";

/*
 * Signatures as @peculiar/x509 verifies them, with WebCrypto. ML-DSA too: the WebCrypto of Node 24 knows it, and warns once
 * that it is experimental. It takes ECDSA's two numbers apart loosely: node:crypto verifies the same octets besides.
 */

/** Whether this key has signed a certificate. */
export async function differencesOfSignature(der: Der, signerSpki: Der): Promise<Difference[]> {
  const { tbsCertificateRaw, signatureAlgorithm, signatureValue } = AsnConvert.parse(der, Certificate);
  const signed = {
    algorithm: new Uint8Array(AsnConvert.serialize(signatureAlgorithm)),
    message: new Uint8Array(tbsCertificateRaw ?? new ArrayBuffer()),
    signature: new Uint8Array(signatureValue),
  };
  const certificate = new X509Certificate(der);
  return verdict(signed, signerSpki, (publicKey) => certificate.verify({ publicKey, signatureOnly: true }));
}

/** Whether a revocation list is this TBSCertList, which was inspected before, signed by this key. */
export async function differencesOfSignedList(der: Der, tbsCertList: Der, signerSpki: Der): Promise<Difference[]> {
  const [tbs = new Uint8Array(), ...rest] = elementsOf(contentOf(der, TAG.sequence));
  if (Buffer.compare(tbs, tbsCertList) !== 0)
    return [{ field: "tbsCertList", expected: "the one that was signed", got: "another" }];
  // Its entries were read before, and are many.
  const frame = sequence(divided(tbsCertList).frame, ...rest.map((part) => Buffer.from(part)));
  const list = AsnConvert.parse(frame, CertificateList);
  const differences = differencesBetween(
    readings(DER, algorithmReading(list.tbsCertList.signature)),
    readings(encodingReading(frame, AsnConvert.serialize(list)), algorithmReading(list.signatureAlgorithm)),
  );
  if (differences.length > 0) return differences;
  // What is signed has the entries.
  list.tbsCertListRaw = Uint8Array.from(tbsCertList).buffer;
  const whole = new X509Crl(list);
  const signed = {
    algorithm: new Uint8Array(AsnConvert.serialize(list.signatureAlgorithm)),
    message: tbsCertList,
    signature: new Uint8Array(list.signature),
  };
  return verdict(signed, signerSpki, (publicKey) => whole.verify({ publicKey }));
}

function readings(encoding: Reading, signatureAlgorithm: Reading): ReadonlyMap<string, Reading> {
  return new Map(Object.entries({ encoding, signatureAlgorithm }));
}

interface SignedValues {
  readonly algorithm: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * A PublicKey, and no certificate: given the issuer's certificate, X509Crl.verify takes the hash that the issuer itself was
 * signed with.
 */
async function verdict(
  signed: SignedValues,
  signerSpki: Der,
  isVerified: (publicKey: PublicKey) => Promise<boolean>,
): Promise<Difference[]> {
  const difference = { field: "signatureValue", expected: `by the key ${keyReading(signerSpki).text}` };
  try {
    const isGood = (await isVerified(new PublicKey(signerSpki))) && isVerifiedByNode(signed, signerSpki);
    return isGood ? [] : [{ ...difference, got: "one that does not verify" }];
  } catch (error) {
    return [{ ...difference, got: error instanceof Error ? error.message : "one that cannot be read" }];
  }
}

function isVerifiedByNode({ algorithm, message, signature }: SignedValues, spki: Der): boolean {
  const accepted = acceptedAlgorithmOfCa(algorithm);
  return accepted !== undefined && isValidSignature(accepted, message, publicKeyOf({ spki }), signature);
}
