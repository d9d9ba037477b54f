import { X509Certificate } from "node:crypto";
import { parsePem, parsePemBlocks } from "../../../core/asn1/pem.ts";
import { X509Certificate as PeculiarCertificate, X509Crl } from "../x509.ts";

/** An answer of the service that is no success: its error name, its words. */
export class ServiceError extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

export interface EmulatedList {
  readonly crlId: string;
  name: string;
  enabled: boolean;
  /** PEM. */
  crlData: string;
  readonly trustAnchorArn: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export const invalid = (why: string): ServiceError => new ServiceError(400, "ValidationException", why);

/** A trust anchor by the rules of the documentation: what it holds, and what it refuses to hold. */
export class EmulatedTrustAnchor {
  readonly arn: string;
  pem = "";
  isEnabled = true;
  /** Of the whole account. */
  readonly lists: EmulatedList[] = [];

  constructor(arn: string, pem: string) {
    this.arn = arn;
    this.replace(pem);
  }

  get certificates(): readonly X509Certificate[] {
    return parsePemBlocks(this.pem, "CERTIFICATE").map((der) => new X509Certificate(der));
  }

  /** At most two certificates, each of a CA that may sign certificates. */
  replace(pem: string): void {
    const ders = parsePemBlocks(pem, "CERTIFICATE");
    if (ders.length === 0) throw invalid("the source holds no certificate");
    if (ders.length > 2) throw new ServiceError(402, "ServiceQuotaExceededException", "two certificates at most");
    for (const der of ders) {
      if (!new X509Certificate(der).ca) throw invalid("a certificate is no CA's");
      const usage = new PeculiarCertificate(der).getExtension("2.5.29.15");
      if (usage === null) throw invalid("a CA's key usage must be there");
    }
    this.pem = pem;
  }

  async import(list: Omit<EmulatedList, "crlId">): Promise<EmulatedList> {
    if (!/^[ a-zA-Z0-9\-_]{1,255}$/.test(list.name)) throw invalid("the name does not match [ a-zA-Z0-9-_]*");
    if (list.trustAnchorArn !== this.arn) throw invalid("there is no such trust anchor in this account");
    if (this.own().length >= 2) throw new ServiceError(402, "ServiceQuotaExceededException", "two CRLs at most");
    await this.assertAcceptable(list.crlData);
    const imported = { ...list, crlId: crypto.randomUUID() };
    this.lists.push(imported);
    return imported;
  }

  async update(crlId: string, changes: { name?: string; crlData?: string }): Promise<EmulatedList> {
    const list = this.lists.find((one) => one.crlId === crlId);
    if (list === undefined) throw new ServiceError(404, "ResourceNotFoundException", "there is no such CRL");
    if (changes.crlData !== undefined) await this.assertAcceptable(changes.crlData);
    return Object.assign(list, changes);
  }

  own(): readonly EmulatedList[] {
    return this.lists.filter(({ trustAnchorArn }) => trustAnchorArn === this.arn);
  }

  /** Whether a list of the certificate's own issuer has it. The number alone says nothing: two CAs may use the same. */
  isRevoked(certificate: X509Certificate): boolean {
    const { issuer, serialNumber } = new PeculiarCertificate(certificate.raw);
    return this.own()
      .filter(({ enabled }) => enabled)
      .map(({ crlData }) => new X509Crl(parsePem(crlData, "X509 CRL")))
      .filter((list) => list.issuer === issuer)
      .some(({ entries }) => entries.some((entry) => numberOf(entry.serialNumber) === numberOf(serialNumber)));
  }

  /** In PEM, not too long, signed by a CA that the anchor trusts. */
  private async assertAcceptable(crlData: string): Promise<void> {
    if (Buffer.byteLength(crlData) > 300_000) throw invalid("crlData has more than 300000 octets");
    if (!crlData.startsWith("-----BEGIN X509 CRL-----\n")) throw invalid("crlData is not PEM");
    const list = new X509Crl(parsePem(crlData, "X509 CRL"));
    for (const { raw } of this.certificates) {
      const certificate = new PeculiarCertificate(raw);
      if (certificate.subject === list.issuer && (await list.verify({ publicKey: certificate }))) return;
    }
    throw invalid("no certificate of the trust anchor has signed this list");
  }
}

function numberOf(serialNumber: string): bigint {
  return BigInt(`0x${serialNumber}`);
}
