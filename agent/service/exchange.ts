import { request as startRequest, type IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { connectionError } from "./connection-failure.ts";
import { ConnectionError } from "./service-error.ts";

export interface ServiceRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** How the answer's body becomes a text: latin1 for octets. @default "utf8" */
  readonly encoding?: "utf8" | "latin1";
  /** @default as much as a trust bundle of a hundred CAs */
  readonly mostBytes?: number;
}

export interface ServiceResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** One request, one answer, no second try. @throws ConnectionError when there is none */
export type Transport = (request: ServiceRequest) => Promise<ServiceResponse>;

/** But for revocation lists the largest answer is a trust bundle; this would be a hundred CAs. */
const MAX_BODY_BYTES = 512 * 1024;

/** HTTP/1.1 over a connection that is already there and trusted. The connection ends with the answer. */
export async function exchange(
  socket: TLSSocket,
  { method, url, headers, body, encoding = "utf8", mostBytes = MAX_BODY_BYTES }: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceResponse> {
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      startRequest({
        createConnection: () => socket,
        method,
        host: url.hostname,
        path: url.pathname + url.search,
        headers: { host: url.host, connection: "close", ...headers, ...lengthOf(body) },
        signal,
      })
        .once("response", resolve)
        .on("error", reject)
        .end(body);
    });
    const octets = await bodyOf(response, mostBytes);
    return { status: response.statusCode ?? 0, headers: headersOf(response), body: octets.toString(encoding) };
  } catch (error) {
    throw connectionError(url.host, error);
  } finally {
    socket.destroy();
  }
}

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function headersOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    if (bytes > mostBytes) {
      throw new ConnectionError(`the answer is larger than ${mostBytes} bytes`, { isRetryable: false });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
