import { hash } from "node:crypto";
import { childrenOf, parseDer, TAG, wholeOctetsOf, type Der } from "../asn1/der.ts";
import {
  boolean,
  contextConstructed,
  contextPrimitive,
  encodeDer,
  namedBits,
  octetString,
  sequence,
  unsignedInteger,
} from "../asn1/der-writer.ts";
import { ipAddressOctets } from "./ip-address.ts";
import { KEY_USAGE_BITS, type KeyUsage } from "./key-usage.ts";
import { objectIdentifier, OID } from "../asn1/object-identifier.ts";

/** The extensions of our certificates, encoded (RFC 5280 section 4.2.1). Each function returns one whole Extension. */

const CRITICAL = boolean(true);

/** One Extension of a certificate or a revocation list. */
export function extension(type: Der, isCritical: boolean, value: Der): Der {
  // DEFAULT FALSE is left out (X.690 section 11.5).
  return isCritical ? sequence(type, CRITICAL, octetString(value)) : sequence(type, octetString(value));
}

const KEY_USAGE = objectIdentifier(OID.keyUsage);
const EXTENDED_KEY_USAGE = objectIdentifier(OID.extendedKeyUsage);
const BASIC_CONSTRAINTS = objectIdentifier(OID.basicConstraints);
const SUBJECT_KEY_IDENTIFIER = objectIdentifier(OID.subjectKeyIdentifier);
const AUTHORITY_KEY_IDENTIFIER = objectIdentifier(OID.authorityKeyIdentifier);
const SUBJECT_ALT_NAME = objectIdentifier(OID.subjectAltName);
const CRL_DISTRIBUTION_POINTS = objectIdentifier(OID.crlDistributionPoints);
const AUTHORITY_INFO_ACCESS = objectIdentifier(OID.authorityInfoAccess);
const OCSP_METHOD = objectIdentifier(OID.ocsp);

/** Critical, as RFC 5280 section 4.2.1.3 recommends. */
export function keyUsage(usages: readonly KeyUsage[]): Der {
  return extension(KEY_USAGE, true, namedBits(usages.map((usage) => KEY_USAGE_BITS.indexOf(usage))));
}

const ENCODED_PURPOSES = new Map<string, Der>(
  [OID.clientAuth, OID.serverAuth].map((purpose) => [purpose, objectIdentifier(purpose)]),
);

export function extendedKeyUsage(dottedPurposes: readonly string[]): Der {
  const purposes = dottedPurposes.map((purpose) => ENCODED_PURPOSES.get(purpose) ?? objectIdentifier(purpose));
  return extension(EXTENDED_KEY_USAGE, false, sequence(...purposes));
}

/** `cA` is DEFAULT FALSE, so an end-entity's is an empty SEQUENCE, as Kubernetes issues it. */
export const END_ENTITY_CONSTRAINTS: Der = extension(BASIC_CONSTRAINTS, true, sequence());

/** @param pathLength how many CAs may follow below this one */
export function caConstraints(pathLength: number): Der {
  return extension(BASIC_CONSTRAINTS, true, sequence(CRITICAL, unsignedInteger(Uint8Array.of(pathLength))));
}

/** RFC 7093 section 2 method 1: the leftmost 160 bits of the SHA-256 of the key's bits. */
export function keyIdentifierOf(spki: Der): Der {
  const [, bits] = childrenOf(parseDer(spki), "the subject public key info", TAG.sequence, 2, 2);
  return hash("sha256", wholeOctetsOf(bits, "the key"), "buffer").subarray(0, 20);
}

export function subjectKeyIdentifier(keyIdentifier: Uint8Array): Der {
  return extension(SUBJECT_KEY_IDENTIFIER, false, octetString(keyIdentifier));
}

export function authorityKeyIdentifier(keyIdentifier: Uint8Array): Der {
  return extension(AUTHORITY_KEY_IDENTIFIER, false, sequence(contextPrimitive(0, keyIdentifier)));
}

/** @param isCritical true only when the subject is empty (RFC 5280 section 4.2.1.6) */
export function subjectAltName(dnsNames: readonly string[], ipAddresses: readonly string[], isCritical: boolean): Der {
  const names = [
    ...dnsNames.map((dnsName) => contextPrimitive(2, Buffer.from(dnsName, "latin1"))),
    ...ipAddresses.map((address) => contextPrimitive(7, ipAddressOctets(address) ?? notAnAddress(address))),
  ];
  return extension(SUBJECT_ALT_NAME, isCritical, encodeDer(TAG.sequence, ...names));
}

function notAnAddress(address: string): never {
  throw new Error(`${JSON.stringify(address)} reached the certificate builder as an IP address`);
}

/** The URL of the revocation list that covers this certificate (RFC 5280 section 4.2.1.13). */
export function crlDistributionPoints(url: string): Der {
  return extension(CRL_DISTRIBUTION_POINTS, false, sequence(sequence(distributionPointName([url]))));
}

/** Where to ask by OCSP whether it was revoked (RFC 5280 section 4.2.2.1, RFC 6960 section 3.1). */
export function authorityInfoAccess(ocspUrl: string): Der {
  const description = sequence(OCSP_METHOD, contextPrimitive(6, Buffer.from(ocspUrl, "latin1")));
  return extension(AUTHORITY_INFO_ACCESS, false, sequence(description));
}

/** Nobody is told of its revocation (RFC 9608 section 2). Not critical, and on no CA certificate. */
export const NO_REV_AVAIL: Der = extension(objectIdentifier(OID.noRevAvail), false, encodeDer(TAG.null));

/** `[0] DistributionPointName` of URIs. It is a CHOICE, so its own tag stays inside (X.680 section 31.2.7). */
export function distributionPointName(urls: readonly string[]): Der {
  const fullName = contextConstructed(0, ...urls.map((url) => contextPrimitive(6, Buffer.from(url, "latin1"))));
  return contextConstructed(0, fullName);
}
