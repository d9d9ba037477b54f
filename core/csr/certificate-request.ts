import {
  assertSetOrder,
  childrenOf,
  contentOf,
  DerError,
  parseDer,
  TAG,
  wholeOctetsOf,
  type Der,
  type DerElement,
} from "../asn1/der.ts";
import { readDistinguishedName, valuesOf, type DistinguishedName } from "../asn1/distinguished-name.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";
import { parsePem, PemError } from "../asn1/pem.ts";
import { RefusalError } from "../refusal.ts";
import { NO_EXTENSIONS, readRequestedExtensions, type RequestedExtensions } from "./requested-extensions.ts";
import { ACCEPTED_NAMES, acceptedAlgorithm, isValidSignature } from "../keys/signature-algorithm.ts";
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
export const MAX_CSR_PEM_CHARACTERS = 12 * 1024;

/** @throws RefusalError `bad_csr`, `weak_key` or `too_large` */
export function parseCertificateRequestPem(csrPem: string): CertificateRequest {
  if (csrPem.length > MAX_CSR_PEM_CHARACTERS) {
    throw new RefusalError(
      "too_large",
      `"csr" has ${csrPem.length} characters, allowed are ${MAX_CSR_PEM_CHARACTERS}`,
      { field: "csr" },
    );
  }
  return parseCertificateRequest(asBadCsr(() => parsePem(csrPem, "CERTIFICATE REQUEST")));
}

/**
 * Parses strict PKCS#10 (RFC 2986): DER only, nothing after it, version 0, at most one common name, a key that
 * `subject-public-key.ts` accepts, each attribute once with one value. The key itself must have signed it, with SHA-2
 * or Ed25519.
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
    const [info, algorithm, signature] = childrenOf(parseDer(der), "the CSR", TAG.sequence, 3, 3);
    const [version, subject, spki, attributes] = childrenOf(info, "the CSR's body", TAG.sequence, 4, 4);
    if (!info || !algorithm || !spki) throw new DerError("the CSR is incomplete");
    if (!isZero(contentOf(version, "the version", TAG.integer))) throw new DerError("the version is not 0 (RFC 2986)");
    const name = readDistinguishedName(subject);
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

function assertProofOfPossession(key: SubjectPublicKey, info: DerElement, algorithm: DerElement, signature: Der): void {
  const signatureAlgorithm = acceptedAlgorithm(algorithm.encoded);
  const keyFamily = keyFamilyOf(key.keyType);
  if (signatureAlgorithm?.keyFamily !== keyFamily) {
    const [oid] = childrenOf(algorithm, "the signature algorithm", TAG.sequence, 1, 2);
    const got = dottedObjectIdentifier(contentOf(oid, "the signature algorithm", TAG.objectIdentifier));
    throw new DerError(
      `the signature algorithm ${got} is not accepted with an ${keyFamily} key; allowed are ${ACCEPTED_NAMES.join(", ")}, RSA with NULL parameters and ECDSA with none`,
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
  // [0] IMPLICIT SET OF: mandatory even when empty (RFC 2986 section 4).
  const seen = new Set<string>();
  let extensions: RequestedExtensions = NO_EXTENSIONS;
  const elements = childrenOf(attributes, "the attributes", 0xa0);
  assertSetOrder(elements);
  for (const attribute of elements) {
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
