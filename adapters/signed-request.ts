import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "./sha256.ts";

export interface RequestToSign {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type SignedRequest = (request: RequestToSign) => Promise<Answer>;

const TIMEOUT_MILLISECONDS = 10_000;

export interface SignedRequestOptions {
  /** As spelled in credential scopes: `s3`, `events`, `rolesanywhere`. */
  readonly service: string;
  readonly region: string;
}

/**
 * Sends requests signed with Signature Version 4, to services of which one call is used and a client of 300 KB would
 * not pay. The body's hash is sent too. Paths are escaped once, as S3 requires; other services get no path that needs
 * escaping. A member of the query occurs once.
 */
export function signedRequest({ service, region }: SignedRequestOptions): SignedRequest {
  const signer = new SignatureV4({
    service,
    region,
    credentials: defaultProvider(),
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: true,
  });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign(
      new HttpRequest({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === "" ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...headers, host: url.host },
        body,
      }),
    );
    const answer = await fetch(url, {
      method,
      headers: signed.headers,
      // fetch refuses a body of a GET, an empty one too.
      ...(method === "GET" ? {} : { body }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  };
}
