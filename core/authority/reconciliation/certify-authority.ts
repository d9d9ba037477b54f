import { isSelfIssued, issuerOf, type Authority, type AuthorityRole } from "../authority.ts";
import { keyAliasOf, authorityIdOf } from "../generation.ts";
import type { AuthorityPlan } from "../plan.ts";
import { buildCaTbs, buildRootTbs, type CaFields } from "../../certificate/ca-certificate.ts";
import { publicKeyOf, type Certificate } from "../../certificate/certificate.ts";
import { childrenOf, parseDer, TAG, type Der } from "../../asn1/der.ts";
import { subjectName } from "../../asn1/distinguished-name.ts";
import type { AuthorityStore } from "../authority-store.ts";
import type { KeyMaker } from "../../keys/key-maker.ts";
import type { Signer } from "../../keys/signer.ts";
import type { SerialNumber } from "../../certificate/serial-number.ts";
import { issuingAlgorithm, isValidSignature, type SignatureAlgorithm } from "../../keys/signature-algorithm.ts";
import { assembleCertificate } from "../../certificate/tbs-certificate.ts";
import { BACKDATE_SECONDS, type Validity } from "../../certificate/validity.ts";

/** What making a CA needs of the outside. */
export interface AuthorityServices {
  readonly authorities: AuthorityStore;
  readonly keys: KeyMaker;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly newSerialNumber: () => SerialNumber;
}

/** A CA without its state and place in a bundle. */
export type CertifiedAuthority = Pick<Authority, "id" | "role" | "keyArn" | "certificate">;

/**
 * A CA signed by its own key: a root, or in a single-tier hierarchy the issuing CA. Whatever crashed before is found: the key by its
 * alias, the TBSCertificate where it was recorded before it was signed, so that one key never gets a second self-signed
 * certificate with other contents.
 *
 * @throws Error when what an earlier call recorded is for another key, or is to be signed by another CA
 */
export async function certifySelf(
  services: AuthorityServices,
  plan: AuthorityPlan,
  role: AuthorityRole,
  generation: number,
): Promise<CertifiedAuthority> {
  const id = authorityIdOf(role, generation);
  const { keyArn, spki } = await services.keys.findOrCreateKey(keyAliasOf(plan.clusterName, id), plan.keySpec);
  const algorithm = issuingAlgorithm(plan.keySpec);
  const isRootOnly = role === "root";
  const validity = validityFor(services, isRootOnly ? plan.rootLifetimeSeconds : plan.issuingLifetimeSeconds);
  const commonName = `${plan.clusterName} ${role} G${generation}`;
  const fields = caFields(services, commonName, spki, isRootOnly ? 1 : 0, validity);
  const tbs = await reserve(services, id, buildRootTbs(fields, algorithm), spki);
  if (!isSelfIssued(namesOf(tbs))) throw begunElsewhere(id);
  return { id, role, keyArn, certificate: await signCertificate(services, keyArn, algorithm, tbs, spki) };
}

/**
 * An issuing CA, signed by the first of `roots`; by another of them when an earlier call had it recorded so, and did not
 * live to see it signed. It never outlives its root.
 *
 * @throws Error when what an earlier call recorded is for another key, for a root that is not among `roots`, or self-signed
 */
export async function certifyIssuing(
  services: AuthorityServices,
  plan: AuthorityPlan,
  generation: number,
  roots: readonly [CertifiedAuthority, ...CertifiedAuthority[]],
): Promise<CertifiedAuthority> {
  const id = authorityIdOf("issuing", generation);
  const { keyArn, spki } = await services.keys.findOrCreateKey(keyAliasOf(plan.clusterName, id), plan.keySpec);
  const issuer = issuerOf(roots[0]);
  const validity = validityFor(services, plan.issuingLifetimeSeconds);
  const fields = caFields(services, `${plan.clusterName} issuing G${generation}`, spki, 0, {
    ...validity,
    notAfter: earlier(validity.notAfter, issuer.notAfter),
  });
  const tbs = await reserve(services, id, buildCaTbs(issuer, fields), spki);
  const names = namesOf(tbs);
  if (isSelfIssued(names)) throw begunElsewhere(id);
  const root = roots
    .map((one) => issuerOf(one))
    .find(({ subjectName: name }) => Buffer.compare(name, names.issuerName) === 0);
  if (root === undefined) throw new Error(`${id} was begun under a root that is no longer trusted; prepare another`);
  const certificate = await signCertificate(services, root.keyArn, root.signatureAlgorithm, tbs, root.certificate.spki);
  return { id, role: "issuing", keyArn, certificate };
}

function caFields(
  services: AuthorityServices,
  commonName: string,
  spki: Der,
  pathLength: number,
  validity: Validity,
): CaFields {
  return {
    serialNumber: services.newSerialNumber(),
    validity,
    subject: subjectName(["Nodeseal"], commonName),
    spki,
    pathLength,
  };
}

function validityFor({ clock }: AuthorityServices, lifetimeSeconds: number): Validity {
  const nowSeconds = Math.floor(clock().getTime() / 1000);
  return {
    notBefore: new Date((nowSeconds - BACKDATE_SECONDS) * 1000),
    notAfter: new Date((nowSeconds + lifetimeSeconds) * 1000),
  };
}

function earlier(one: Date, other: Date): Date {
  return one.getTime() < other.getTime() ? one : other;
}

function namesOf(tbsCertificate: Der): Pick<Certificate, "issuerName" | "subjectName"> {
  const [, , , issuer, , subject] = childrenOf(parseDer(tbsCertificate), "the TBSCertificate", TAG.sequence, 8, 8);
  if (issuer === undefined || subject === undefined) throw new Error("a TBSCertificate has eight parts");
  return { issuerName: issuer.encoded, subjectName: subject.encoded };
}

/** Its first deployment died before there was a bundle, and the next one says another hierarchy. */
function begunElsewhere(id: string): Error {
  return new Error(
    `${id} was begun under another hierarchy: set authority.hierarchy back, or begin anew with another clusterName`,
  );
}

/** The same TBSCertificate for every attempt: serial number and validity are the first one's. @throws Error for another key's */
async function reserve({ authorities }: AuthorityServices, id: string, tbs: Der, spki: Der): Promise<Der> {
  const stored = await authorities.reserve(id, tbs);
  // A certificate holds its key's SPKI as it is, and nothing else that could be taken for one.
  if (!Buffer.from(stored).includes(Buffer.from(spki))) {
    throw new Error(`${id} was begun with another key than the one its alias names now; point the alias back`);
  }
  return stored;
}

/** Signs and checks with the key that should have signed. @throws Error when the signature does not verify */
async function signCertificate(
  services: AuthorityServices,
  keyArn: string,
  algorithm: SignatureAlgorithm,
  tbs: Der,
  signerSpki: Der,
): Promise<Der> {
  const signature = await services.signer.sign(keyArn, algorithm, tbs);
  if (!isValidSignature(algorithm, tbs, publicKeyOf({ spki: signerSpki }), signature)) {
    throw new Error(`the key ${keyArn} returned a signature that does not verify`);
  }
  return assembleCertificate(tbs, algorithm, signature);
}
