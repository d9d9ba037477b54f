import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { DerError, parseDer, TAG, childrenOf, wholeOctetsOf, type Der } from "../asn1/der.ts";
import { KEY_ELSEWHERE, type Issuer } from "../authority/authority.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { RefusalError } from "../refusal.ts";
import { ECDSA_SHA256, signLocally } from "../keys/signature-algorithm.ts";
import { certifyResponder, RESPONDER_LIFETIME_SECONDS, type ResponderServices } from "./responder-certificate.ts";
import { assembleResponse, buildResponseData, ocspFailure } from "./ocsp-response.ts";
import { parseOcspRequest, type CertId, type OcspRequest } from "./ocsp-request.ts";
import type { StatusDirectory, StatusSnapshot } from "./revocation-status.ts";

export interface OcspServices extends ResponderServices {
  readonly issuers: () => Promise<IssuerDirectory>;
  readonly status: StatusDirectory;
  readonly failed: (error: unknown) => void;
}

export interface OcspAnswer {
  readonly der: Der;
  /** Undefined for a failure, and where the answer repeats a nonce: no other client can use it. */
  readonly cacheableUntil: Date | undefined;
}

export type OcspResponder = (request: Uint8Array) => Promise<OcspAnswer>;

/** Programs that staple keep an answer as long as it says. */
const ANSWER_SECONDS = 600;

/** A responder's certificate is renewed while answers of the old one are still good. */
const RENEW_SECONDS = RESPONDER_LIFETIME_SECONDS - 2 * 3600;

/** After a failure to be certified: KMS is not asked by every question anew. */
const PAUSE_SECONDS = 30;

interface Responder {
  readonly privateKey: KeyObject;
  readonly keyHash: Der;
  readonly certificate: Der;
}

const makeKey = promisify(generateKeyPair);

/**
 * Answers about the certificates of issuing CAs (RFC 6960), with keys that live in this process alone and that the CA
 * certified: KMS is asked once a day, never by a question. Of a root's certificates its revocation list tells.
 *
 * Nothing is refused as an HTTP error: OCSP has its own.
 */
export function ocspResponder(services: OcspServices): OcspResponder {
  const responders = new Map<string, { readonly made: Promise<Responder>; readonly until: number }>();
  const responderOf = (issuer: Issuer): Promise<Responder> => {
    const now = services.clock().getTime();
    const known = responders.get(issuer.id);
    if (known !== undefined && now < known.until) return known.made;
    const made = newResponder(services, issuer);
    responders.set(issuer.id, { made, until: now + RENEW_SECONDS * 1000 });
    made.catch(() => responders.set(issuer.id, { made, until: now + PAUSE_SECONDS * 1000 }));
    return made;
  };
  return async (request) => {
    try {
      return await answerTo(services, parseOcspRequest(request), responderOf);
    } catch (error) {
      if (error instanceof DerError) return failure("malformedRequest");
      if (!(error instanceof RefusalError)) services.failed(error);
      return failure(error instanceof RefusalError ? "tryLater" : "internalError");
    }
  };
}

function failure(why: Parameters<typeof ocspFailure>[0]): OcspAnswer {
  return { der: ocspFailure(why), cacheableUntil: undefined };
}

async function answerTo(
  { issuers, status, clock }: OcspServices,
  { certIds, nonce }: OcspRequest,
  responderOf: (issuer: Issuer) => Promise<Responder>,
): Promise<OcspAnswer> {
  const directory = await issuers();
  const issuer = certIds.map((certId) => issuerOf(directory, certId)).find((one) => one !== undefined);
  // RFC 5019 section 2.2.3: of a CA of somebody else's, nothing can be said, and nothing is signed.
  if (issuer === undefined) return failure("unauthorized");
  const snapshot = await status(directory.bundle, issuer.id);
  if (typeof snapshot === "string") return failure(snapshot === "no list" ? "unauthorized" : "tryLater");
  const { privateKey, keyHash, certificate } = await responderOf(issuer);
  const nextUpdate = new Date(Math.min(snapshot.at.getTime() + ANSWER_SECONDS * 1000, issuer.notAfter.getTime()));
  const responseData = buildResponseData({
    responderKeyHash: keyHash,
    producedAt: clock(),
    thisUpdate: snapshot.at,
    nextUpdate,
    answers: certIds.map((certId) => ({ certId, status: statusOf(snapshot, issuer, certId) })),
    nonce,
  });
  const signature = signLocally(ECDSA_SHA256, responseData, privateKey);
  const der = assembleResponse(responseData, ECDSA_SHA256, signature, certificate);
  return { der, cacheableUntil: nonce === undefined ? nextUpdate : undefined };
}

/** The responder was certified by one CA. Of another's certificates it may not speak. */
function statusOf(snapshot: StatusSnapshot, issuer: Issuer, certId: CertId) {
  return isAbout(certId, issuer) ? snapshot.statusOf(certId.serialNumber) : ({ status: "unknown" } as const);
}

/** A CA that is retired says nothing any more: its key signs for nobody. */
function issuerOf(directory: IssuerDirectory, certId: CertId): Issuer | undefined {
  return directory.issuing().find((issuer) => issuer.keyArn !== KEY_ELSEWHERE && isAbout(certId, issuer));
}

function isAbout({ hash, issuerNameHash, issuerKeyHash }: CertId, { subjectName, certificate }: Issuer): boolean {
  return (
    Buffer.compare(createHash(hash).update(subjectName).digest(), issuerNameHash) === 0 &&
    Buffer.compare(createHash(hash).update(keyBitsOf(certificate.spki)).digest(), issuerKeyHash) === 0
  );
}

function keyBitsOf(spki: Der): Der {
  const [, bits] = childrenOf(parseDer(spki), "the subject public key info", TAG.sequence, 2, 2);
  return wholeOctetsOf(bits, "the key");
}

async function newResponder(services: OcspServices, issuer: Issuer): Promise<Responder> {
  const { privateKey, publicKey } = await makeKey("ec", { namedCurve: "P-256" });
  const spki: Der = Uint8Array.from(publicKey.export({ type: "spki", format: "der" }));
  const certificate = await certifyResponder(services, issuer, spki);
  const keyHash: Der = Uint8Array.from(createHash("sha1").update(keyBitsOf(spki)).digest());
  return { privateKey, keyHash, certificate };
}
