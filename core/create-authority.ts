import { issuerOf, type Authority, type TrustBundle } from "./authority.ts";
import type { AuthorityPlan } from "./authority-plan.ts";
import { buildCaTbs, buildRootTbs, type CaFields } from "./ca-certificate.ts";
import { publicKeyOf, parseCertificate } from "./certificate.ts";
import type { Der } from "./der.ts";
import { subjectName } from "./distinguished-name.ts";
import type { AuthorityStore, KeyMaker, Signer } from "./ports.ts";
import type { SerialNumber } from "./serial-number.ts";
import { issuingAlgorithm, isValidSignature, type SignatureAlgorithm } from "./signature-algorithm.ts";
import { assembleCertificate } from "./tbs-certificate.ts";
import { BACKDATE_SECONDS, type Validity } from "./validity.ts";

export interface AuthorityServices {
  readonly authorities: AuthorityStore;
  readonly keys: KeyMaker;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly newSerialNumber: () => SerialNumber;
}

/**
 * The first generation: a root and an issuing CA, made once. Finds what is there: keys by alias, certificates in the
 * bundle. What is signed is recorded before: a crash leaves keys and TBSCertificates, which the next call uses; the bundle
 * is written as one, so nobody ever sees a root without its issuing CA.
 *
 * @throws Error when what an earlier call recorded is for another key
 */
export async function createFirstAuthorities(services: AuthorityServices, plan: AuthorityPlan): Promise<TrustBundle> {
  const existing = await services.authorities.read();
  if (existing !== undefined) return existing;
  const root = await createRoot(services, plan);
  const issuing = await createIssuing(services, plan, root);
  const bundle: TrustBundle = { sequence: 1, authorities: [root, issuing] };
  if (await services.authorities.write(bundle)) return bundle;
  const winner = await services.authorities.read();
  if (winner === undefined) throw new Error("the trust bundle could be neither written nor read");
  return winner;
}

async function createRoot(
  services: AuthorityServices,
  { clusterName, keySpec, rootLifetimeSeconds }: AuthorityPlan,
): Promise<Authority> {
  const { keyArn, spki } = await services.keys.findOrCreateKey(aliasOf(clusterName, "root-g1"), keySpec);
  const algorithm = issuingAlgorithm(keySpec);
  const fields = caFields(services, `${clusterName} root G1`, spki, 1, validityFor(services, rootLifetimeSeconds));
  const tbs = await reserve(services, "root-g1", buildRootTbs(fields, algorithm), spki);
  const certificate = await signCertificate(services, keyArn, algorithm, tbs, spki);
  return { id: "root-g1", role: "root", state: "active", keyArn, certificate };
}

async function createIssuing(
  services: AuthorityServices,
  { clusterName, keySpec, issuingLifetimeSeconds }: AuthorityPlan,
  root: Authority,
): Promise<Authority> {
  const { keyArn, spki } = await services.keys.findOrCreateKey(aliasOf(clusterName, "issuing-g1"), keySpec);
  const issuer = issuerOf(root);
  const validity = validityFor(services, issuingLifetimeSeconds);
  const fields = caFields(services, `${clusterName} issuing G1`, spki, 0, {
    ...validity,
    notAfter: earlier(validity.notAfter, issuer.notAfter),
  });
  const certificate = await signCertificate(
    services,
    root.keyArn,
    issuer.signatureAlgorithm,
    await reserve(services, "issuing-g1", buildCaTbs(issuer, fields), spki),
    parseCertificate(root.certificate).spki,
  );
  return { id: "issuing-g1", role: "issuing", state: "active", keyArn, certificate };
}

function aliasOf(clusterName: string, id: string): string {
  return `alias/${clusterName}/${id}`;
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
