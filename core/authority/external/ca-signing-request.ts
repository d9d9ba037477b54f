import type { AuthorityPlan } from "../plan.ts";
import { authorityIdOf, issuingGenerationOf, keyAliasOf } from "../generation.ts";
import { caExtensions } from "../../certificate/ca-certificate.ts";
import { publicKeyOf } from "../../certificate/certificate.ts";
import type { Der } from "../../asn1/der.ts";
import { contextConstructed, sequence, setOf, unsignedInteger } from "../../asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName, type DistinguishedName } from "../../asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../asn1/object-identifier.ts";
import type { KeyMaker } from "../../keys/key-maker.ts";
import type { Signer } from "../../keys/signer.ts";
import { issuingAlgorithm, isValidSignature } from "../../keys/signature-algorithm.ts";
import { assembleCertificate } from "../../certificate/tbs-certificate.ts";

/** What an external CA is asked to certify. */
export interface AuthorityRequest {
  readonly authorityId: string;
  /** CertificationRequestInfo, on record before the key signs it. */
  readonly requestInfo: Der;
  /** The whole PKCS#10 request, once it is signed. */
  readonly csr: Der | undefined;
}

/** Written by the authority function alone. */
export interface AuthorityRequestStore {
  read(authorityId: string): Promise<AuthorityRequest | undefined>;
  /** Records what is about to be signed, if nothing is recorded. Resolves to what is stored. */
  reserve(authorityId: string, requestInfo: Der): Promise<AuthorityRequest>;
  /** The first signed request stays. Resolves to what is stored. */
  complete(authorityId: string, requestInfo: Der, csr: Der): Promise<AuthorityRequest>;
}

export interface AuthorityRequestServices {
  readonly requests: AuthorityRequestStore;
  readonly keys: KeyMaker;
  readonly signer: Signer;
}

/** Of so many generations those that nobody has certified yet: none that a certified one follows. */
export function awaitedGenerations(count: number, certifiedIds: readonly string[]): readonly number[] {
  const latest = Math.max(0, ...certifiedIds.map(issuingGenerationOf));
  return Array.from({ length: count }, (_, index) => index + 1).filter((generation) => generation > latest);
}

/**
 * The request for an issuing CA's certificate: signed once, and found by every later call, which needs the key's
 * signature no more.
 *
 * @throws Error when it was recorded for another key, or the signature does not verify
 */
export async function requestAuthority(
  services: AuthorityRequestServices,
  plan: AuthorityPlan,
  generation: number,
): Promise<Der> {
  const id = authorityIdOf("issuing", generation);
  const { keyArn, spki } = await services.keys.findOrCreateKey(keyAliasOf(plan.clusterName, id), plan.keySpec);
  const subject = subjectName(["Nodeseal"], `${plan.clusterName} issuing G${generation}`);
  const stored =
    (await services.requests.read(id)) ?? (await services.requests.reserve(id, buildRequestInfo(subject, spki)));
  const { requestInfo } = stored;
  // As with a TBSCertificate: a request holds its key's SPKI as it is.
  if (!Buffer.from(requestInfo).includes(Buffer.from(spki)))
    throw new Error(
      `the request of ${id} was begun with another key than the one its alias names now; point the alias back`,
    );
  if (stored.csr !== undefined) return stored.csr;
  const algorithm = issuingAlgorithm(plan.keySpec);
  // A crash before the next write: the same request is signed again.
  const { octets: signature } = await services.signer.sign(keyArn, algorithm, requestInfo);
  if (!isValidSignature(algorithm, requestInfo, publicKeyOf({ spki }), signature))
    throw new Error(`the key ${keyArn} returned a signature that does not verify`);
  // A CertificationRequest has the three parts of a Certificate (RFC 2986 section 4.2).
  const csr = assembleCertificate(requestInfo, algorithm, signature);
  return (await services.requests.complete(id, requestInfo, csr)).csr ?? csr;
}

/** Of every generation that was ever asked for: each of them in its turn, none left out. */
export async function readRequests(
  requests: Pick<AuthorityRequestStore, "read">,
): Promise<readonly AuthorityRequest[]> {
  const found: AuthorityRequest[] = [];
  for (;;) {
    const request = await requests.read(authorityIdOf("issuing", found.length + 1));
    if (request === undefined) return found;
    found.push(request);
  }
}

/** Asks for what a CA below another must have (RFC 2986 section 4.1); the external CA decides what it grants. */
function buildRequestInfo(subject: DistinguishedName, spki: Der): Der {
  const extensions = sequence(...caExtensions({ spki, pathLength: 0 }));
  const extensionRequest = sequence(objectIdentifier(OID.extensionRequest), setOf(extensions));
  return sequence(
    unsignedInteger(Uint8Array.of(0)),
    encodeDistinguishedName(subject),
    spki,
    contextConstructed(0, extensionRequest),
  );
}
