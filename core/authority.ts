import { createHash, type KeyObject } from "node:crypto";
import { parseCertificate, publicKeyOf, type Certificate } from "./certificate.ts";
import type { Der } from "./der.ts";
import { parseSubjectPublicKey } from "./subject-public-key.ts";
import { issuingAlgorithm, type SignatureAlgorithm } from "./signature-algorithm.ts";
import type { IssuerFields } from "./tbs-certificate.ts";
import type { Validity } from "./validity.ts";

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
  readonly keyArn: string;
}

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

/** @throws Error when no issuing CA is active: nothing can be signed until one is */
export function activeIssuer({ authorities }: TrustBundle): Authority {
  const active = authorities.find(({ role, state }) => role === "issuing" && state === "active");
  if (active === undefined) throw new Error("no issuing CA is active; create one first");
  return active;
}

/** @throws Error when the authority's certificate is not one a CA can sign with */
export function issuerOf(authority: Authority): Issuer {
  const certificate = parseCertificate(authority.certificate);
  if (!certificate.isCa || certificate.subjectKeyId === undefined) {
    throw new Error(`${authority.id} is no CA certificate with a subject key identifier`);
  }
  const isRoot = Buffer.compare(certificate.issuerName, certificate.subjectName) === 0;
  return {
    id: authority.id,
    keyArn: authority.keyArn,
    certificate,
    chain: isRoot ? [] : [authority.certificate],
    subjectName: certificate.subjectName,
    subjectKeyId: certificate.subjectKeyId,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    publicKey: publicKeyOf(certificate),
    signatureAlgorithm: signingAlgorithmOf(certificate),
  };
}

export function signingAlgorithmOf(certificate: Certificate): SignatureAlgorithm {
  return issuingAlgorithm(parseSubjectPublicKey(certificate.spki).keyType);
}

/** What a verifier needs: issuing CAs before roots, none that is retired. */
export function trustedAuthorities({ authorities }: TrustBundle): readonly Authority[] {
  const trusted = authorities.filter(({ state }) => state !== "retired");
  return [...trusted.filter(({ role }) => role === "issuing"), ...trusted.filter(({ role }) => role === "root")];
}

/** kubeadm's pin of a CA: hexadecimal SHA-256 of its SPKI (K2.4). */
export function spkiSha256(spki: Der): string {
  return createHash("sha256").update(spki).digest("hex");
}
