import { createHash, type KeyObject } from "node:crypto";
import { parseAuthorityPublicKey } from "../keys/authority-public-key.ts";
import { parseCertificate, publicKeyOf, type Certificate } from "../certificate/certificate.ts";
import type { Der } from "../asn1/der.ts";
import { encodePem } from "../asn1/pem.ts";
import { RefusalError } from "../refusal.ts";
import { issuingAlgorithm, type SignatureAlgorithm } from "../keys/signature-algorithm.ts";
import type { IssuerFields } from "../certificate/tbs-certificate.ts";
import type { Validity } from "../certificate/validity.ts";

export type AuthorityRole = "root" | "issuing";
/** A generation's life: published, signing, still trusted, forgotten. */
export type AuthorityState = "prepared" | "active" | "retiring" | "retired";

/** One CA generation as it is kept. */
export interface Authority {
  /** `root-g1`, `issuing-g1`; in the subject, so that no two generations share a name. */
  readonly id: string;
  readonly role: AuthorityRole;
  readonly state: AuthorityState;
  /** When it came into this state; the first generation, and what was stored before this was kept, has none. */
  readonly stateSince?: Date;
  readonly certificate: Der;
  /** `KEY_ELSEWHERE` for a CA that is not this service's. */
  readonly keyArn: string;
  /** The sequence of the bundle that first carried it. @default 1 */
  readonly sinceSequence?: number | undefined;
}

/** Of an external CA, pinned by the deployment: nothing here can sign with its key. */
export const KEY_ELSEWHERE = "";

/** What the nodes must trust, and who signs. Read and written as one, so that no reader sees half a rollover. */
export interface TrustBundle {
  /** Grows by one with every change; a node never goes back. */
  readonly sequence: number;
  readonly authorities: readonly Authority[];
}

/** An issuing CA ready for use: everything that does not change from one certificate to the next. */
export interface Issuer extends IssuerFields, Validity {
  readonly id: string;
  readonly keyArn: string;
  readonly publicKey: KeyObject;
  readonly certificate: Certificate;
  /** Leaf's issuer first, up to but without the root. */
  readonly chain: readonly Der[];
}

/** The one of a role that signs now. */
export function activeAuthority(
  { authorities }: Pick<TrustBundle, "authorities">,
  role: AuthorityRole,
): Authority | undefined {
  return authorities.find((one) => one.role === role && one.state === "active");
}

/** @throws RefusalError `signer_busy` when no issuing CA is active: nothing can be signed until one is */
export function activeIssuer(bundle: TrustBundle): Authority {
  return activeAuthority(bundle, "issuing") ?? noActiveIssuer();
}

const NO_CA_RETRY_SECONDS = 60;

/** @throws RefusalError `signer_busy`: whoever asks comes back, and finds the CA once it has been made or imported */
export function noActiveIssuer(): never {
  throw new RefusalError(
    "signer_busy",
    "this service has no active issuing CA yet; its operator knows: nodeseal ca show",
    {
      retryAfterSeconds: NO_CA_RETRY_SECONDS,
    },
  );
}

/**
 * `authorities` are searched for intermediate CAs above this one, which go along with each certificate.
 *
 * @throws Error when the authority's certificate is not one a CA can sign with
 */
export function issuerOf(
  authority: Pick<Authority, "id" | "certificate" | "keyArn">,
  authorities: readonly Authority[] = [],
): Issuer {
  const certificate = parseCertificate(authority.certificate);
  if (!certificate.isCa || certificate.subjectKeyId === undefined) {
    throw new Error(`${authority.id} is no CA certificate with a subject key identifier`);
  }
  return {
    id: authority.id,
    keyArn: authority.keyArn,
    certificate,
    chain: chainOf(certificate, authorities),
    subjectName: certificate.subjectName,
    subjectKeyId: certificate.subjectKeyId,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    publicKey: publicKeyOf(certificate),
    signatureAlgorithm: signingAlgorithmOf(certificate),
  };
}

/** From this certificate up to but without the self-issued one. A loop of two CAs ends where all have been seen. */
function chainOf(certificate: Certificate, authorities: readonly Authority[]): readonly Der[] {
  const above = authorities.filter(({ role }) => role === "root").map((one) => parseCertificate(one.certificate));
  const chain: Der[] = [];
  let current: Certificate | undefined = certificate;
  while (current !== undefined && !isSelfIssued(current) && chain.length <= above.length) {
    chain.push(current.der);
    const { issuerName }: Certificate = current;
    current = above.find((one) => Buffer.compare(one.subjectName, issuerName) === 0);
  }
  return chain;
}

/** RFC 5280 section 3.2: issuer and subject are the same. */
export function isSelfIssued({ issuerName, subjectName }: Pick<Certificate, "issuerName" | "subjectName">): boolean {
  return Buffer.compare(issuerName, subjectName) === 0;
}

export function signingAlgorithmOf(certificate: Certificate): SignatureAlgorithm {
  return issuingAlgorithm(parseAuthorityPublicKey(certificate.spki).keyType);
}

/** What a verifier needs, in PEM: issuing CAs, then roots. */
export function trustBundlePem(bundle: Pick<TrustBundle, "authorities">): string {
  const trusted = trustedAuthorities(bundle);
  const of = (wanted: AuthorityRole): string[] =>
    trusted.filter(({ role }) => role === wanted).map(({ certificate }) => encodePem("CERTIFICATE", certificate));
  return [...new Set([...of("issuing"), ...of("root")])].join("");
}

/** Issuing CAs before roots, none that is retired. */
export function trustedAuthorities({ authorities }: Pick<TrustBundle, "authorities">): readonly Authority[] {
  const trusted = authorities.filter(({ state }) => state !== "retired");
  return [...trusted.filter(({ role }) => role === "issuing"), ...trusted.filter(({ role }) => role === "root")];
}

/** kubeadm's pin of a CA: hexadecimal SHA-256 of its SPKI (K2.4). */
export function spkiSha256(spki: Der): string {
  return createHash("sha256").update(spki).digest("hex");
}
