import type { IncomingMessage } from "node:http";
import { Agent, request as startRequest } from "node:https";
import { connectionError } from "./connection-failure.ts";
import { OperatorError } from "../program/operator-error.ts";

export type Method = "GET" | "POST" | "DELETE";

export interface OutgoingRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly octets: Buffer;
  /** The octets decoded as UTF-8. */
  readonly body: string;
}

/** Sends one request, without retries. @throws OperatorError when there is no answer */
export type Transport = (request: OutgoingRequest) => Promise<Answer>;

export interface TransportSettings {
  /** The only CAs that may authenticate the service. Undefined for the public web PKI. */
  readonly anchorsPem: string | undefined;
  /** The file they were read from. */
  readonly caFile?: string | undefined;
  /** The environment with HTTPS_PROXY and NO_PROXY. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The setting to check when the host cannot be reached. */
  readonly addressSetting: string;
}

/** API Gateway answers within 30 s in any case. */
const TIMEOUT_MILLISECONDS = 35_000;
/** A page of 500 certificates has under a megabyte. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** HTTPS over connections that are reused. They do not keep the process alive. */
export function httpsTransport({ anchorsPem, caFile, environment, addressSetting }: TransportSettings): Transport {
  const trust = anchorsPem === undefined ? {} : { ca: anchorsPem, allowPartialTrustChain: true };
  const direct = new Agent({ keepAlive: true, ...trust });
  const byProxy = new Agent({ keepAlive: true, proxyEnv: { ...environment }, ...trust });
  return async (request) => {
    try {
      return await exchange(request, isLoopback(request.url) ? direct : byProxy);
    } catch (error) {
      throw connectionError(request.url.host, error, {
        mayUseProxy: mayUseProxy(request.url, environment),
        addressSetting,
        caFile,
      });
    }
  };
}

/** A proxy on another machine cannot reach this one by such a name. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function mayUseProxy(url: URL, environment: TransportSettings["environment"]): boolean {
  return !isLoopback(url) && Boolean(environment["https_proxy"] ?? environment["HTTPS_PROXY"]);
}

async function exchange({ method, url, headers, body }: OutgoingRequest, agent: Agent): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    startRequest(url, { method, agent, signal, headers: { ...headers, "content-length": byteLength(body) } })
      .once("response", resolve)
      .on("error", reject)
      .end(body);
  });
  const octets = await octetsOf(response);
  return {
    status: response.statusCode ?? 0,
    headers: headersOf(response),
    octets,
    body: octets.toString("utf8"),
  };
}

function byteLength(body: string | undefined): string {
  return String(Buffer.byteLength(body ?? ""));
}

function headersOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

async function octetsOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new OperatorError(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
