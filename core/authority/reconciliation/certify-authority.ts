import type { Audit } from "../../audit/audit-event.ts";
import { isSelfIssued, issuerOf, type Authority, type AuthorityRole } from "../authority.ts";
import { keyAliasOf, authorityIdOf } from "../generation.ts";
import type { AuthorityPlan } from "../plan.ts";
import { buildCaTbs, selfIssuer, type CaFields } from "../../certificate/ca-certificate.ts";
import { parseCertificate, publicKeyOf } from "../../certificate/certificate.ts";
import { childrenOf, parseDer, TAG, type Der } from "../../asn1/der.ts";
import { bitString, sequence } from "../../asn1/der-writer.ts";
import { subjectName } from "../../asn1/distinguished-name.ts";
import type { CaPlan } from "../../inspection/ca-certificate.ts";
import { inspectCaCertificate, inspectCaFields } from "../../inspection/inspection.ts";
import type { AuthorityStore } from "../authority-store.ts";
import type { KeyMaker } from "../../keys/key-maker.ts";
import type { Signer } from "../../keys/signer.ts";
import { isSerialNumber, type SerialNumber } from "../../certificate/serial-number.ts";
import { issuingAlgorithm, isValidSignature } from "../../keys/signature-algorithm.ts";
import { assembleCertificate } from "../../certificate/tbs-certificate.ts";
import { BACKDATE_SECONDS, type Validity } from "../../certificate/validity.ts";

/** What making a CA needs of the outside. */
export interface AuthorityServices {
  readonly authorities: AuthorityStore;
  readonly keys: KeyMaker;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly newSerialNumber: () => SerialNumber;
  readonly audit: Audit;
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
  const ca = caFields(services, commonName, spki, isRootOnly ? 1 : 0, validity);
  const issuer = selfIssuer(ca, algorithm);
  const tbs = await reserve(services, id, { issuer, ca });
  if (!isSelfIssued(parseCertificate(withoutSignature(tbs)))) throw begunElsewhere(id);
  return { id, role, keyArn, certificate: await signCertificate(services, id, tbs, { issuer, ca }, { keyArn, spki }) };
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
  const planned = issuerOf(roots[0]);
  const validity = validityFor(services, plan.issuingLifetimeSeconds);
  const ca = caFields(services, `${plan.clusterName} issuing G${generation}`, spki, 0, {
    ...validity,
    notAfter: earlier(validity.notAfter, planned.notAfter),
  });
  const tbs = await reserve(services, id, { issuer: planned, ca });
  const recorded = parseCertificate(withoutSignature(tbs));
  if (isSelfIssued(recorded)) throw begunElsewhere(id);
  const issuer = roots
    .map((one) => issuerOf(one))
    .find(({ subjectName: name }) => Buffer.compare(name, recorded.issuerName) === 0);
  if (issuer === undefined) throw new Error(`${id} was begun under a root that is no longer trusted; prepare another`);
  const { keyArn: signerArn, certificate: root } = issuer;
  const signer = { keyArn: signerArn, spki: root.spki };
  return { id, role: "issuing", keyArn, certificate: await signCertificate(services, id, tbs, { issuer, ca }, signer) };
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

/** As a certificate with an empty signature: so it is read, and inspected, like one that is signed. */
function withoutSignature(tbs: Der): Der {
  const [, , algorithm] = childrenOf(parseDer(tbs), "the TBSCertificate", TAG.sequence, 8, 8);
  return sequence(tbs, algorithm?.encoded ?? new Uint8Array(), bitString(new Uint8Array()));
}

/** Its first deployment died before there was a bundle, and the next one says another hierarchy. */
function begunElsewhere(id: string): Error {
  return new Error(
    `${id} was begun under another hierarchy: set authority.hierarchy back, or begin anew with another clusterName`,
  );
}

/**
 * The same TBSCertificate for every attempt: serial number and validity are the first one's. Inspected before it is
 * recorded: what a fault of the encoder makes must not be what every later attempt signs.
 *
 * @throws Error for another key's
 */
async function reserve(services: AuthorityServices, id: string, plan: CaPlan): Promise<Der> {
  const { issuer, ca } = plan;
  const planned = buildCaTbs(issuer, ca);
  await inspectCaFields(services, id, withoutSignature(planned), plan);
  const stored = await services.authorities.reserve(id, planned);
  // A certificate holds its key's SPKI as it is, and nothing else that could be taken for one.
  if (!Buffer.from(stored).includes(Buffer.from(ca.spki))) {
    throw new Error(`${id} was begun with another key than the one its alias names now; point the alias back`);
  }
  return stored;
}

/**
 * Signs what was recorded, and checks with the key that should have signed. Inspected before, for another attempt may have
 * recorded it, and after.
 *
 * @throws Error when the signature does not verify, or the certificate is not the planned one
 */
async function signCertificate(
  services: AuthorityServices,
  id: string,
  tbs: Der,
  planned: CaPlan,
  signer: { readonly keyArn: string; readonly spki: Der },
): Promise<Der> {
  const { signatureAlgorithm: algorithm } = planned.issuer;
  const unsigned = withoutSignature(tbs);
  const plan = { ...planned, ca: { ...planned.ca, ...firstAttempt(id, unsigned) } };
  await inspectCaFields(services, id, unsigned, plan);
  const { octets: signature } = await services.signer.sign(signer.keyArn, algorithm, tbs);
  if (!isValidSignature(algorithm, tbs, publicKeyOf(signer), signature)) {
    throw new Error(`the key ${signer.keyArn} returned a signature that does not verify`);
  }
  const certificate = assembleCertificate(tbs, algorithm, signature);
  await inspectCaCertificate(services, id, certificate, plan, signer.spki);
  return certificate;
}

/** What the first attempt chose: its clock and its random number are not this one's. */
function firstAttempt(id: string, unsigned: Der): Pick<CaFields, "serialNumber" | "validity"> {
  const { serialNumber, notBefore, notAfter } = parseCertificate(unsigned);
  if (!isSerialNumber(serialNumber)) throw new Error(`${id} was begun with a serial number that is none of ours`);
  return { serialNumber, validity: { notBefore, notAfter } };
}
