import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";
import { closeServer, listenOnLoopback } from "../loopback/loopback-server.ts";
import { systemErrorCode } from "../loopback/start-error.ts";
import type { AccessEntry } from "./access-line.ts";
import { gatewayAnswer, type Answer, type GatewayStatus } from "./answer.ts";
import { gatekeeper, type GatekeeperOptions } from "./gatekeeper.ts";

export interface FrontDoorOptions extends GatekeeperOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly tls: {
    /** Leaf first, with the CA, so that a client can pin the CA. */
    readonly certificateChainPem: string;
    readonly keyPem: string;
  };
  readonly onAccess?: (entry: AccessEntry) => void;
}

export interface FrontDoor {
  /** @throws StartError when the port is taken */
  readonly start: () => Promise<{ readonly url: string }>;
  /** Lets requests in flight finish for up to five seconds. */
  readonly close: () => Promise<void>;
}

/** Request line and headers together (API Gateway, "Quotas for HTTP APIs"). */
const MOST_HEADER_BYTES = 10_240;

/**
 * HTTPS on 127.0.0.1 that treats requests as an HTTP API of API Gateway does, and calls the functions in this process.
 */
export function frontDoor(options: FrontDoorOptions): FrontDoor {
  const answerTo = gatekeeper(options);
  const server: Server = createServer(
    {
      cert: options.tls.certificateChainPem,
      key: options.tls.keyPem,
      minVersion: "TLSv1.2",
      // Certificates are checked at each request, by the trust bundle of that moment. No list of CAs is sent: a client
      // whose issuer is not on it would send no certificate.
      requestCert: true,
      rejectUnauthorized: false,
      ca: [],
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    (request, response) => {
      reportAccess(request, response, options);
      void answerTo(request).then((answer) => send(response, answer));
    },
  );
  server.on("clientError", answerClientError);
  return {
    start: async () => ({ url: `https://127.0.0.1:${await listenOnLoopback(server, options.port)}` }),
    close: () => closeServer(server),
  };
}

function send(response: ServerResponse, { statusCode, headers, cookies, body }: Answer): void {
  try {
    if (cookies.length > 0) response.setHeader("set-cookie", cookies);
    response.writeHead(statusCode, headers);
  } catch {
    // A header that cannot be sent counts as a malformed answer of the function.
    response.removeHeader("set-cookie");
    const { statusCode: failed, headers: plain, body: message } = gatewayAnswer(500);
    response.writeHead(failed, plain).end(message);
    return;
  }
  response.end(body);
}

function reportAccess(request: IncomingMessage, response: ServerResponse, { onAccess }: FrontDoorOptions): void {
  const startedAt = performance.now();
  response.once("close", () => {
    onAccess?.({
      method: request.method ?? "",
      target: request.url ?? "",
      statusCode: response.statusCode,
      milliseconds: performance.now() - startedAt,
    });
  });
}

/** Answers what never became a request. Like API Gateway, with 431 to headers over the limit. */
function answerClientError(error: Error, socket: Duplex): void {
  const code = systemErrorCode(error);
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const statuses: Readonly<Record<string, GatewayStatus>> = {
    HPE_HEADER_OVERFLOW: 431,
    ERR_HTTP_REQUEST_TIMEOUT: 408,
  };
  const { statusCode, body } = gatewayAnswer(statuses[code ?? ""] ?? 400);
  socket.end(
    `HTTP/1.1 ${statusCode} \r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString()}`,
  );
}
