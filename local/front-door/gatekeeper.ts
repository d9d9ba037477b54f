import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { LocalCredentials } from "../data/credentials.ts";
import { BodyTooLargeError, readBody } from "../loopback/request-body.ts";
import { isSignedRequest } from "../request-signature/verification.ts";
import { gatewayAnswer, type Answer } from "./answer.ts";
import { eventClientCertificate, isTrustedClientCertificate, trustAnchorsOf } from "./client-certificate.ts";
import { buildEvent, randomRequestId, type Arrival } from "./event.ts";
import { localAdministrator } from "./iam-caller.ts";
import { invoke } from "./invocation.ts";
import { routeTable, type HttpFunction, type RouteMatch } from "./route-table.ts";

export interface GatekeeperOptions {
  readonly functions: readonly HttpFunction[];
  /** PEM of the CAs whose client certificates are accepted. Read at each request that presents one. */
  readonly trustBundle: () => string | Promise<string>;
  /** The access key that may call routes with IAM authorization. */
  readonly credentials: LocalCredentials;
  readonly region: string;
  readonly accountId: string;
  /** Called with the error that a function threw. The client only gets a bare 500. */
  readonly onFault?: (error: unknown) => void;
  readonly clock?: () => Date;
  /** API Gateway's is 30 seconds. */
  readonly integrationTimeoutMs?: number;
}

/** API Gateway, "Quotas for HTTP APIs". */
const MOST_BODY_BYTES = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;

/** Passes requests on to the functions as API Gateway would, and answers the others itself. It never rejects. */
export function gatekeeper(options: GatekeeperOptions): (request: IncomingMessage) => Promise<Answer> {
  const findRoute = routeTable(options.functions);
  const { onFault = console.error, clock = () => new Date() } = options;
  return async (request) => {
    const arrivedAt = clock();
    try {
      const arrival = arrivalOf(request, arrivedAt);
      if (arrival === undefined) return gatewayAnswer(400);
      const certificate = peerCertificate(request);
      if (certificate && !(await isTrusted(certificate, options, arrivedAt))) return gatewayAnswer(403);
      const match = findRoute(request.method ?? "", arrival.decodedPath);
      if (match === undefined) return gatewayAnswer(404);
      const body = await readBody(request, MOST_BODY_BYTES);
      return await answerByFunction({ arrival, match, body, certificate }, { ...options, onFault });
    } catch (error) {
      if (error instanceof BodyTooLargeError) return gatewayAnswer(413);
      // A client that hung up is no fault.
      if (!request.errored) onFault(error);
      return gatewayAnswer(500);
    }
  };
}

interface Admission {
  readonly arrival: Arrival;
  readonly match: RouteMatch;
  readonly body: Buffer;
  readonly certificate: X509Certificate | undefined;
}

async function answerByFunction(
  { arrival, match, body, certificate }: Admission,
  options: GatekeeperOptions & { readonly onFault: (error: unknown) => void },
): Promise<Answer> {
  const { credentials, region, accountId, onFault } = options;
  const needsSignature = match.route.authorization === "AWS_IAM";
  if (needsSignature && !isSigned(arrival, body, options)) return gatewayAnswer(403);
  const event = buildEvent({
    arrival,
    match,
    body,
    accountId,
    clientCertificate: certificate && eventClientCertificate(certificate),
    iamCaller: needsSignature ? localAdministrator(credentials, accountId) : undefined,
  });
  const timeoutMs = options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS;
  return invoke(match.function, event, { region, accountId, timeoutMs, onFault });
}

/** Undefined when the request target is not a path, or not percent-encoded UTF-8. */
function arrivalOf(request: IncomingMessage, arrivedAt: Date): Arrival | undefined {
  const [path = "", ...query] = (request.url ?? "").split("?");
  if (!path.startsWith("/")) return undefined;
  try {
    return {
      request,
      arrivedAt,
      requestId: randomRequestId(),
      decodedPath: decodeURIComponent(path),
      rawQueryString: query.join("?"),
    };
  } catch {
    return undefined;
  }
}

function peerCertificate({ socket }: IncomingMessage): X509Certificate | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
}

async function isTrusted(
  certificate: X509Certificate,
  { trustBundle }: GatekeeperOptions,
  now: Date,
): Promise<boolean> {
  return isTrustedClientCertificate(certificate, trustAnchorsOf(await trustBundle()), now);
}

function isSigned({ request, arrivedAt }: Arrival, body: Buffer, { credentials, region }: GatekeeperOptions): boolean {
  const { method = "", url = "", rawHeaders } = request;
  const scope = { credentials, region, service: "execute-api" };
  return isSignedRequest({ method, target: url, rawHeaders, body }, scope, arrivedAt);
}
