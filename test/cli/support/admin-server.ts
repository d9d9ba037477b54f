import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSignedRequest } from "../../../local/request-signature/verification.ts";
import { issueTlsCertificates } from "../../../local/data/tls.ts";

/** An access key of nobody. */
export const ACCESS_KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
export const REGION = "eu-central-1";

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly target: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** By our own verifier, which shares no code with the signer under test. */
  readonly isSigned: boolean;
}

export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string or octets as they are. */
  readonly body?: unknown;
}

export type Responder = (request: ReceivedRequest) => CannedAnswer;

export interface AdminServer {
  readonly url: string;
  /** PEM file of the CA that speaks for it. */
  readonly caFile: string;
  /** A directory that goes with the server. */
  readonly directory: string;
  readonly requests: ReceivedRequest[];
  /** Answers from now on by this, and forgets the requests so far. */
  readonly respond: (responder: Responder) => void;
  readonly close: () => Promise<void>;
}

/** An HTTPS server on the loopback interface, under a CA of its own. It refuses unsigned admin requests as API Gateway does. */
export function startAdminServer(): Promise<AdminServer> {
  return startSigningServer("execute-api");
}

/** The same for any AWS service: what is signed is signed for it. */
export async function startSigningServer(service: string): Promise<AdminServer> {
  const tls = issueTlsCertificates(new Date());
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-cli-test-"));
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, tls.caCertificatePem);
  const requests: ReceivedRequest[] = [];
  let responder: Responder = () => ({ status: 500 });
  const server = createServer({ cert: tls.serverCertificatePem, key: tls.serverKeyPem }, (incoming, outgoing) => {
    void receive(incoming, service).then((request) => {
      requests.push(request);
      const isAllowed = request.isSigned || !request.path.startsWith("/v1/admin/");
      const { status = 200, headers, body } = isAllowed ? responder(request) : FORBIDDEN;
      const isRaw = typeof body === "string" || body instanceof Buffer;
      outgoing.writeHead(status, { "content-type": isRaw ? "text/plain" : "application/json", ...headers });
      outgoing.end(isRaw || body === undefined ? body : JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${portOf(server)}`,
    caFile,
    directory,
    requests,
    respond: (next) => {
      responder = next;
      requests.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const FORBIDDEN: CannedAnswer = { status: 403, body: { message: "Forbidden" } };

export function problem(status: number, code: string, detail: string, more: object = {}): CannedAnswer {
  const body = { type: `urn:nodeseal:problem:${code}`, title: "Refused", status, detail, code, ...more };
  return { status, headers: { "content-type": "application/problem+json" }, body };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

async function receive(incoming: IncomingMessage, service: string): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (chunk instanceof Buffer) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const { method = "", url: target = "", rawHeaders, headers } = incoming;
  const url = new URL(target, "https://service");
  const scope = { region: REGION, service, credentials: ACCESS_KEY };
  return {
    method,
    target,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    rawHeaders,
    headers,
    body: body.toString("utf8"),
    isSigned: isSignedRequest({ method, target, rawHeaders, body }, scope, new Date()),
  };
}
