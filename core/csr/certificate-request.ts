import {
  childrenOf,
  contentOf,
  DerError,
  parseDer,
  TAG,
  wholeOctetsOf,
  type Der,
  type DerElement,
} from "../asn1/der.ts";
import { readRequestedSubject, valuesOf, type DistinguishedName } from "../asn1/distinguished-name.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";
import { PemError } from "../asn1/pem.ts";
import { RefusalError } from "../refusal.ts";
import { otherFormOfDer, parseRequestPem } from "./request-pem.ts";
import { NO_EXTENSIONS, readRequestedExtensions, type RequestedExtensions } from "./requested-extensions.ts";
import { ACCEPTED_NAMES, algorithmOfRequest, isValidSignature } from "../keys/signature-algorithm.ts";
import { keyFamilyOf } from "../keys/key-type.ts";
import { parseSubjectPublicKey, type SubjectPublicKey } from "../keys/subject-public-key.ts";

/** A PKCS#10 request whose form, key and signature (proof of possession) have been checked. Only `parse…` makes one. */
export interface CertificateRequest extends SubjectPublicKey {
  readonly der: Der;
  readonly subject: DistinguishedName;
  readonly extensions: RequestedExtensions;
}

/** An RSA-4096 CSR with a page of SANs stays under 8 KiB of DER. */
export const MAX_CSR_DER_BYTES = 8 * 1024;
/** Text for people beside the block is about three times as long as the block (`openssl req -text`). */
export const MAX_CSR_PEM_CHARACTERS = 48 * 1024;

/** The block alone: base64 in lines of 64, its boundaries, and ends of lines of two characters. */
const MAX_BLOCK_CHARACTERS = 12 * 1024;

/** @throws RefusalError `bad_csr`, `weak_key` or `too_large` */
export function parseCertificateRequestPem(csrPem: string): CertificateRequest {
  // Without a block there is no text beside it.
  const most = csrPem.includes("-----BEGIN") ? MAX_CSR_PEM_CHARACTERS : MAX_BLOCK_CHARACTERS;
  if (csrPem.length > most) {
    throw new RefusalError("too_large", `"csr" has ${csrPem.length} characters, allowed are ${most}`, { field: "csr" });
  }
  return parseCertificateRequest(asBadCsr(() => parseRequestPem(csrPem)));
}

/**
 * Parses PKCS#10 (RFC 2986): DER only, nothing after it, version 0, at most one common name, a key that
 * `subject-public-key.ts` accepts, each attribute once with one value. The key itself must have signed it, with SHA-2
 * or Ed25519.
 *
 * What generators get wrong and what cannot change the meaning is accepted (docs/api.md): elements of a SET
 * in any order, attributes that are left out, the other form of an algorithm's parameters, padded key usages. Nothing
 * of a CSR is copied, so the certificate is strict DER all the same.
 *
 * @throws RefusalError `bad_csr`, `weak_key` or `too_large`
 */
export function parseCertificateRequest(der: Der): CertificateRequest {
  if (der.length > MAX_CSR_DER_BYTES) {
    throw new RefusalError("too_large", `the CSR has ${der.length} bytes, allowed are ${MAX_CSR_DER_BYTES}`, {
      field: "csr",
    });
  }
  return asBadCsr(() => {
    const [info, algorithm, signature] = childrenOf(parsedOuter(der), "the CSR", TAG.sequence, 3, 3);
    const [version, subject, spki, attributes] = childrenOf(info, "the CSR's body", TAG.sequence, 3, 4);
    if (!info || !algorithm || !spki) throw new DerError("the CSR is incomplete");
    if (!isZero(contentOf(version, "the version", TAG.integer))) throw new DerError("the version is not 0 (RFC 2986)");
    const name = readRequestedSubject(subject);
    if (valuesOf(name, OID.commonName).length > 1) throw new DerError("the subject has more than one common name");
    const key = parseSubjectPublicKey(spki.encoded);
    assertProofOfPossession(key, info, algorithm, wholeOctetsOf(signature, "the signature"));
    return {
      ...key,
      der,
      subject: name,
      extensions: readAttributes(attributes),
    };
  });
}

function parsedOuter(der: Der): DerElement {
  try {
    return parseDer(der, "any order of sets");
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new DerError(`${error.message}${otherFormOfDer(der)}`, { cause: error });
  }
}

function assertProofOfPossession(key: SubjectPublicKey, info: DerElement, algorithm: DerElement, signature: Der): void {
  const signatureAlgorithm = algorithmOfRequest(algorithm.encoded);
  const keyFamily = keyFamilyOf(key.keyType);
  if (signatureAlgorithm?.keyFamily !== keyFamily) {
    const [oid] = childrenOf(algorithm, "the signature algorithm", TAG.sequence, 1, 2);
    const got = dottedObjectIdentifier(contentOf(oid, "the signature algorithm", TAG.objectIdentifier));
    throw new DerError(
      `the signature algorithm ${got} is not accepted with an ${keyFamily} key; allowed are ${ACCEPTED_NAMES.join(", ")}, with no parameters but NULL`,
    );
  }
  if (!isValidSignature(signatureAlgorithm, info.encoded, key.publicKey, signature)) {
    throw new DerError("its signature does not verify with its own public key");
  }
}

/**
 * Only the extension request is kept. Other attributes are ignored (challengePassword is a secret we never asked for).
 */
function readAttributes(attributes: DerElement | undefined): RequestedExtensions {
  // [0] IMPLICIT SET OF: mandatory even when empty (RFC 2986 section 4), and yet Bouncy Castle may leave it out.
  if (attributes === undefined) return NO_EXTENSIONS;
  const seen = new Set<string>();
  let extensions: RequestedExtensions = NO_EXTENSIONS;
  for (const attribute of childrenOf(attributes, "the attributes", 0xa0)) {
    const [type, values] = childrenOf(attribute, "an attribute", TAG.sequence, 2, 2);
    const dotted = dottedObjectIdentifier(contentOf(type, "an attribute's type", TAG.objectIdentifier));
    if (seen.has(dotted)) throw new DerError(`the attribute ${dotted} is there twice`);
    seen.add(dotted);
    const [value] = childrenOf(values, "an attribute's values", TAG.set, 1, 1);
    if (dotted === OID.extensionRequest) extensions = readRequestedExtensions(value);
  }
  return extensions;
}

/** A malformed CSR is the sender's fault. Every other error passes through. */
function asBadCsr<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError || error instanceof PemError) {
      throw new RefusalError("bad_csr", `the CSR is not acceptable: ${error.message}`, { field: "csr", cause: error });
    }
    throw error;
  }
}

function isZero(integer: Der): boolean {
  return integer.length === 1 && integer[0] === 0;
}
