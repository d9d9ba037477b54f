import { childrenOf, contentOf, DerError, parseDer, TAG, type Der, type DerElement } from "../asn1/der.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";
import type { HashName } from "../keys/signature-algorithm.ts";

/** Whom a question is about (RFC 6960 section 4.1.1). */
export interface CertId {
  /** As it was asked: the answer repeats it. */
  readonly encoded: Der;
  /** SHA-1 is what most programs ask with. It only finds the CA. */
  readonly hash: "sha1" | HashName;
  readonly issuerNameHash: Der;
  readonly issuerKeyHash: Der;
  /** Lower-case hexadecimal digits, without a leading zero octet. */
  readonly serialNumber: string;
}

export interface OcspRequest {
  readonly certIds: readonly [CertId, ...CertId[]];
  /** The value of the nonce extension, repeated in the answer. */
  readonly nonce: Der | undefined;
}

/** More are a way to have much computed for little. OpenSSL, Go, nginx and CloudFront ask for one. */
const MOST_CERTIFICATES = 20;

/** RFC 9654 section 2.1: a responder rejects an empty nonce, and one of more than 128 octets. */
const MOST_NONCE_OCTETS = 128;

const VERSION_TAG = 0xa0;
const REQUESTOR_TAG = 0xa1;
const EXTENSIONS_TAG = 0xa2;

/**
 * Reads an OCSPRequest (RFC 6960 section 4.1.1). A signature of the requestor is not looked at: nobody is told more.
 *
 * @throws DerError when it is none, asks for too many certificates, or has a critical extension that is not known here
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  const [tbsRequest] = childrenOf(parseDer(der), "the OCSP request", TAG.sequence, 1, 2);
  const members = [...childrenOf(tbsRequest, "the TBSRequest", TAG.sequence, 1, 4)];
  const take = (tag: number): DerElement | undefined => (members[0]?.tag === tag ? members.shift() : undefined);
  const version = take(VERSION_TAG);
  if (version !== undefined) assertFirstVersion(version);
  take(REQUESTOR_TAG);
  const certIds = childrenOf(members.shift(), "the list of requests", TAG.sequence, 1, MOST_CERTIFICATES).map(certIdOf);
  const extensions = take(EXTENSIONS_TAG);
  if (members.length > 0) throw new DerError("the TBSRequest goes on after its end");
  const [first, ...others] = certIds;
  if (first === undefined) throw new DerError("the OCSP request asks for nothing");
  return { certIds: [first, ...others], nonce: extensions === undefined ? undefined : nonceIn(extensions) };
}

function assertFirstVersion(version: DerElement): void {
  const [number] = childrenOf(version, "the version", VERSION_TAG, 1, 1);
  const content = contentOf(number, "the version", TAG.integer);
  if (content.length !== 1 || content[0] !== 0) throw new DerError("the version of the OCSP request is not 1");
}

const HASHES = new Map<string, CertId["hash"]>([
  [OID.sha1, "sha1"],
  [OID.sha256, "sha256"],
  [OID.sha384, "sha384"],
  [OID.sha512, "sha512"],
]);

function certIdOf(request: DerElement): CertId {
  const [certId, extensions] = childrenOf(request, "a request", TAG.sequence, 1, 2);
  if (extensions !== undefined) assertNothingCritical(extensions);
  const [algorithm, name, key, serial] = childrenOf(certId, "a CertID", TAG.sequence, 4, 4);
  const [oid] = childrenOf(algorithm, "the hash algorithm", TAG.sequence, 1, 2);
  const dotted = dottedObjectIdentifier(contentOf(oid, "the hash algorithm", TAG.objectIdentifier));
  const hash = HASHES.get(dotted);
  if (hash === undefined) throw new DerError(`the hash algorithm ${dotted} is not known here`);
  const digits = Buffer.from(contentOf(serial, "the serial number", TAG.integer)).toString("hex");
  return {
    encoded: certId?.encoded ?? new Uint8Array(),
    hash,
    issuerNameHash: contentOf(name, "the hash of the issuer's name", TAG.octetString),
    issuerKeyHash: contentOf(key, "the hash of the issuer's key", TAG.octetString),
    serialNumber: digits.replace(/^00(?=[89a-f])/, ""),
  };
}

/** Extensions of one certificate's question: none is known here. */
function assertNothingCritical(extensions: DerElement): void {
  const [list] = childrenOf(extensions, "the extensions of a request", VERSION_TAG, 1, 1);
  for (const one of extensionsOf(list)) if (one.isCritical) throw unknownExtension(one.type);
}

function nonceIn(extensions: DerElement): Der | undefined {
  const [list] = childrenOf(extensions, "the extensions", EXTENSIONS_TAG, 1, 1);
  let nonce: Der | undefined;
  for (const { type, isCritical, value } of extensionsOf(list)) {
    if (type === OID.ocspNonce) {
      if (nonce !== undefined) throw new DerError("the OCSP request has two nonces");
      nonce = value;
    } else if (isCritical) throw unknownExtension(type);
  }
  if (nonce === undefined) return undefined;
  const octets = contentOf(parseDer(nonce), "the nonce", TAG.octetString);
  if (octets.length === 0 || octets.length > MOST_NONCE_OCTETS)
    throw new DerError(`the nonce has ${octets.length} octets`);
  return nonce;
}

function unknownExtension(type: string): DerError {
  return new DerError(`the critical extension ${type} is not known here`);
}

function extensionsOf(list: DerElement | undefined) {
  return childrenOf(list, "the extensions", TAG.sequence, 1).map((element) => {
    const members = childrenOf(element, "an extension", TAG.sequence, 2, 3);
    const isCritical = members.length === 3 && contentOf(members[1], "critical", TAG.boolean)[0] === 0xff;
    const type = dottedObjectIdentifier(contentOf(members[0], "an extension's type", TAG.objectIdentifier));
    return { type, isCritical, value: contentOf(members.at(-1), "an extension's value", TAG.octetString) };
  });
}
