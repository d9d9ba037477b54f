import type { X509Certificate } from "node:crypto";
import { AgentError } from "../program/agent-error.ts";
import { areSameNames, describeNames, namesIn, type CertificateNames } from "../certificate/certificate-names.ts";
import { isKeyOf, nodeCertificate, type CertificatePair } from "../directory/certificate-pair.ts";
import type { KeyPair } from "../certificate/key-pair.ts";

export interface Expectation {
  readonly names: CertificateNames;
  readonly keyPair: KeyPair;
  readonly authorities: readonly X509Certificate[];
  /** By the service's clock, if this machine's is wrong. */
  readonly now: Date;
}

/**
 * The last check of an answer before it replaces a working pair.
 *
 * @param chain leaf first
 * @throws AgentError naming what is wrong with it; the old pair stays
 */
export function assertAcceptable(chain: readonly X509Certificate[], expectation: Expectation): CertificatePair {
  const { names, keyPair, authorities, now } = expectation;
  const [first] = chain;
  if (first === undefined) throw refuse("it holds no certificate");
  const leaf = nodeCertificate(first);
  if (!isKeyOf(first, keyPair)) throw refuse("it is for another key than the one on this machine");
  if (leaf.commonName !== names.commonName) {
    throw refuse(`its common name is ${JSON.stringify(leaf.commonName)}, asked for was "${names.commonName}"`);
  }
  const given = namesIn(first);
  if (!areSameNames(given, names)) {
    throw refuse(`it is for ${describeNames(given)}, asked for was ${describeNames(names)}`);
  }
  if (leaf.notAfter <= now) throw refuse(`it expired at ${leaf.notAfter.toISOString()}`);
  if (!leadsToAuthority(chain, authorities, now)) {
    throw refuse("its chain does not lead to a CA of the service's trust bundle");
  }
  return { leaf, chain, keyPair };
}

function refuse(why: string): AgentError {
  return new AgentError(`the service's answer was not installed: ${why}; nothing was changed on this machine`);
}

/** Whether each certificate is signed by the next, up to one that is in the bundle or was signed by one in it. */
export function leadsToAuthority(
  [first, ...rest]: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  if (first === undefined) return false;
  const isTrusted = (certificate: X509Certificate): boolean =>
    authorities.some((authority) => authority.raw.equals(certificate.raw));
  let certificate = first;
  // Each step removes one certificate of the chain, so this ends.
  for (const remaining = [...rest]; !isTrusted(certificate);) {
    if (authorities.some((authority) => isIssuedBy(certificate, authority, now))) return true;
    const at = remaining.findIndex((candidate) => isIssuedBy(certificate, candidate, now));
    const [issuer] = at < 0 ? [] : remaining.splice(at, 1);
    if (issuer === undefined) return false;
    certificate = issuer;
  }
  return certificate !== first;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate, now: Date): boolean {
  return (
    issuer.ca &&
    new Date(issuer.validTo) > now &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  );
}
