import { randomBytes, webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "../../support/x509.ts";

/** A CA made by @peculiar/x509, so that the agent is never judged by code it shares. */
export interface TestAuthority {
  readonly certificate: X509Certificate;
  readonly pem: string;
  issue(subject: TestSubject): Promise<X509Certificate>;
  /** DER. */
  revocationList(content: TestList): Promise<Buffer>;
}

export interface TestList {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly serialNumbers?: readonly string[];
  /** Of a part of its certificates. */
  readonly isShard?: boolean;
}

export interface TestSubject {
  /** RFC 4514 text. */
  readonly name: string;
  readonly spki: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly dnsNames?: readonly string[];
  readonly ipAddress?: string;
  readonly isCa?: boolean;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEAR_MILLISECONDS = 365 * 86_400_000;

export async function testAuthority(name: string, parent?: TestAuthority): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", keys.publicKey));
  // From the last century to the next: tests move the clock.
  const validity = { notBefore: new Date("2000-01-01"), notAfter: new Date("2090-01-01") };
  const certificate =
    parent === undefined
      ? await build(name, keys.privateKey, { name, spki, ...validity, isCa: true })
      : await parent.issue({ name, spki, ...validity, isCa: true });
  return {
    certificate,
    pem: certificate.toString(),
    issue: async (subject) => await build(certificate.subject.split("\n").join(", "), keys.privateKey, subject),
    revocationList: async ({ thisUpdate, nextUpdate, serialNumbers = [], isShard = false }) => {
      const list = await x509.X509CrlGenerator.create({
        issuer: certificate.subject.split("\n").join(", "),
        thisUpdate,
        nextUpdate,
        entries: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: thisUpdate })),
        // RFC 5280 section 5.2.5: an issuing distribution point, whatever is in it, is critical.
        extensions: isShard ? [new x509.Extension("2.5.29.28", true, Buffer.from("3000", "hex"))] : [],
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
      });
      return Buffer.from(list.rawData);
    },
  };
}

async function build(issuer: string, signingKey: webcrypto.CryptoKey, subject: TestSubject): Promise<X509Certificate> {
  const names: x509.JsonGeneralNames = [
    ...(subject.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(subject.ipAddress === undefined ? [] : [{ type: "ip" as const, value: subject.ipAddress }]),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `7${randomBytes(16).toString("hex").slice(1)}`,
    issuer,
    subject: subject.name,
    notBefore: subject.notBefore,
    notAfter: subject.notAfter,
    publicKey: new x509.PublicKey(Buffer.from(subject.spki)),
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(subject.isCa ?? false, undefined, true),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return new X509Certificate(Buffer.from(certificate.rawData));
}

/** A name of the server for those behind a proxy: it resolves nowhere, and loopback is never proxied. */
export const PROXIED_HOST = "seal.corp.test";

/** A key and certificate for an HTTPS server on loopback. */
export async function testServerIdentity(authority: TestAuthority): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await authority.issue({
    name: "CN=localhost",
    spki: new Uint8Array(await webcrypto.subtle.exportKey("spki", keys.publicKey)),
    notBefore: new Date("2000-01-01"),
    notAfter: new Date(Date.now() + YEAR_MILLISECONDS),
    dnsNames: ["localhost", PROXIED_HOST],
    ipAddress: "127.0.0.1",
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString() + authority.pem,
  };
}
