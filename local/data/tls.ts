import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import * as z from "zod/mini";
import { buildRootTbs } from "../../core/certificate/ca-certificate.ts";
import { parseCertificate, publicKeyOf, type Certificate } from "../../core/certificate/certificate.ts";
import type { Der } from "../../core/asn1/der.ts";
import { subjectName } from "../../core/asn1/distinguished-name.ts";
import { encodePem, parsePem } from "../../core/asn1/pem.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { ECDSA_SHA256, signLocally } from "../../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildEndEntityTbs } from "../../core/certificate/tbs-certificate.ts";
import { BACKDATE_SECONDS, type Validity } from "../../core/certificate/validity.ts";
import { readFileIfThere, writePrivateFile } from "./private-file.ts";
import { StartError } from "../loopback/start-error.ts";

/** The front door's own TLS certificates. They are unrelated to those that the service issues. */
export interface TlsCertificates {
  readonly caCertificatePem: string;
  readonly caKeyPem: string;
  readonly serverCertificatePem: string;
  readonly serverKeyPem: string;
}

const DAY_SECONDS = 24 * 3600;
const CA_LIFETIME_SECONDS = 3650 * DAY_SECONDS;
/** The longest lifetime that browsers and Apple's clients accept. */
const SERVER_LIFETIME_SECONDS = 397 * DAY_SECONDS;

/**
 * Certificates for HTTPS on this machine, from the CA in the file. A new CA is made when there is none, or when it
 * would expire before a server certificate. The server's certificate is new at every start: clients trust and pin the
 * CA.
 *
 * @throws StartError when the file exists but is damaged
 */
export function openTlsCertificates(file: string, now: Date): TlsCertificates {
  const stored = readCa(file);
  const needed = new Date(now.getTime() + SERVER_LIFETIME_SECONDS * 1000);
  if (stored !== undefined && stored.certificate.notAfter > needed) return withServerCertificate(stored, now);
  const certificates = issueTlsCertificates(now);
  const { caCertificatePem, caKeyPem } = certificates;
  writePrivateFile(file, `${JSON.stringify({ caCertificatePem, caKeyPem }, undefined, 2)}\n`);
  return certificates;
}

/** A new CA, and its server certificate for localhost, 127.0.0.1 and ::1. */
export function issueTlsCertificates(now: Date): TlsCertificates {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const fields = {
    serialNumber: randomSerialNumber(),
    validity: validityFor(now, CA_LIFETIME_SECONDS),
    // A name for each data directory: a client that trusts two of them must not confuse them.
    subject: subjectName([], `Nodeseal local TLS CA ${randomBytes(4).toString("hex")}`),
    spki: spkiOf(privateKey),
    pathLength: 0,
  };
  const der = signed(buildRootTbs(fields, ECDSA_SHA256), privateKey);
  return withServerCertificate({ certificate: parseCertificate(der), privateKey }, now);
}

interface TlsCa {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

function withServerCertificate({ certificate, privateKey }: TlsCa, now: Date): TlsCertificates {
  if (certificate.subjectKeyId === undefined) throw new Error("the TLS CA has no subject key identifier");
  const { privateKey: serverKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = {
    subjectName: certificate.subjectName,
    subjectKeyId: certificate.subjectKeyId,
    signatureAlgorithm: ECDSA_SHA256,
  };
  const tbs = buildEndEntityTbs(issuer, {
    serialNumber: randomSerialNumber(),
    validity: validityFor(now, SERVER_LIFETIME_SECONDS),
    subject: subjectName([], "localhost"),
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1", "::1"],
    usages: ["digital signature", "server auth"],
    spki: spkiOf(serverKey),
  });
  return {
    caCertificatePem: encodePem("CERTIFICATE", certificate.der),
    caKeyPem: keyPem(privateKey),
    serverCertificatePem: encodePem("CERTIFICATE", signed(tbs, privateKey)),
    serverKeyPem: keyPem(serverKey),
  };
}

const tlsFile = z.strictObject({ caCertificatePem: z.string(), caKeyPem: z.string() });

function readCa(file: string): TlsCa | undefined {
  const text = readFileIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { caCertificatePem, caKeyPem } = z.parse(tlsFile, JSON.parse(text));
    const certificate = parseCertificate(parsePem(caCertificatePem, "CERTIFICATE"));
    const privateKey = createPrivateKey(caKeyPem);
    if (!createPublicKey(privateKey).equals(publicKeyOf(certificate))) throw new Error("key and certificate differ");
    return { certificate, privateKey };
  } catch (cause) {
    throw new StartError(`the TLS file ${file} is damaged; remove it to have a new TLS CA made`, { cause });
  }
}

function validityFor(now: Date, lifetimeSeconds: number): Validity {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  return {
    notBefore: new Date((nowSeconds - BACKDATE_SECONDS) * 1000),
    notAfter: new Date((nowSeconds + lifetimeSeconds) * 1000),
  };
}

function signed(tbs: Der, privateKey: KeyObject): Der {
  return assembleCertificate(tbs, ECDSA_SHA256, signLocally(ECDSA_SHA256, tbs, privateKey));
}

function spkiOf(privateKey: KeyObject): Der {
  return createPublicKey(privateKey).export({ format: "der", type: "spki" });
}

function keyPem(privateKey: KeyObject): string {
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}
