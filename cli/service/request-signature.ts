import { createHash, createHmac } from "node:crypto";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { OutgoingRequest } from "./exchange.ts";

export interface SignatureScope {
  readonly region: string;
  /** The service's name in AWS Signature Version 4. The default is API Gateway's. */
  readonly service?: string;
  /** The default is this machine's time. */
  readonly signedAt?: Date;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The request with the headers of AWS Signature Version 4. The body's hash is signed too. */
export async function signed(
  { method, url, headers, body }: OutgoingRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AccessKey,
  { region, service = "execute-api", signedAt = new Date() }: SignatureScope,
): Promise<OutgoingRequest> {
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const request = new HttpRequest({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body === undefined ? {} : { body }),
  });
  return { method, url, body, headers: (await signer.sign(request, { signingDate: signedAt })).headers };
}

type Octets = string | ArrayBuffer | ArrayBufferView;

/** The hash that the signer needs. With a secret it is an HMAC. */
export class Sha256 {
  readonly #digest;

  constructor(secret?: Octets) {
    this.#digest = secret === undefined ? createHash("sha256") : createHmac("sha256", octetsOf(secret));
  }

  update(data: Octets): void {
    this.#digest.update(octetsOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#digest.digest());
  }
}

function octetsOf(data: Octets): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
