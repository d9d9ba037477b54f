import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { kubeletNames } from "../../agent/certificate/certificate-names.ts";
import { buildCertificateRequest } from "../../agent/certificate/certificate-request.ts";
import { randomKeyPair, type KeyPair } from "../../agent/certificate/key-pair.ts";
import { nodeCertificate, type CertificatePair } from "../../agent/directory/certificate-pair.ts";
import { SYSTEM_CLOCK } from "../../agent/program/clock.ts";
import type { ServiceRequest, ServiceResponse } from "../../agent/service/exchange.ts";
import { serviceClient } from "../../agent/service/service-client.ts";
import type { IssuanceAnswer } from "../../agent/service/service-answer.ts";
import { ServiceClock } from "../../agent/service/service-clock.ts";
import type { HttpHandler } from "../../lambdas/http-handler.ts";
import { threadMilliseconds } from "../thread-time.ts";
import { median } from "../timing.ts";
import { exchangesDuring, type ByteCount } from "./exchanges.ts";
import { exchangeFloor } from "./exchange-floor.ts";

/** What the process with DynamoDB and KMS says of itself. */
export interface BenchServices {
  readonly environment: Readonly<Record<string, string>>;
  /** A server that answers `/N` with N octets. */
  readonly floorUrl: string;
  readonly token: string;
}

export interface MeasuredOperation {
  readonly name: "enrol" | "renew" | "confirm";
  /** CPU of the function's thread for one event, in milliseconds. */
  readonly milliseconds: number;
  /** CPU of as many bare exchanges of the same size. */
  readonly exchangeMilliseconds: number;
  readonly calls: number;
  readonly bytes: number;
}

/** Nodes that enrol, confirm, renew and confirm, before anything counts: V8 has compiled everything by then. */
const WARM_UP_NODES = 300;
const MEASURED_NODES = 300;

const [bundle = ""] = process.argv.slice(2);
process.once("message", (services: BenchServices) => {
  void measure(services).then((operations) => process.send?.(operations, () => process.exit(0)));
});

type OperationName = MeasuredOperation["name"];

async function measure({ environment, floorUrl, token }: BenchServices): Promise<MeasuredOperation[]> {
  Object.assign(process.env, environment);
  const { handler } = (await import(bundle)) as { readonly handler: HttpHandler };
  const timed = timedTransport(handler);
  const client = serviceClient(new URL("https://nodeseal.example/"), timed.transport, new ServiceClock(SYSTEM_CLOCK));
  const times: Record<OperationName, number[]> = { enrol: [], renew: [], confirm: [] };
  const wires: Record<OperationName, readonly ByteCount[]> = { enrol: [], renew: [], confirm: [] };
  for (let index = 0; index < WARM_UP_NODES + MEASURED_NODES; index++) {
    const call = async <T>(name: OperationName, act: () => Promise<T>): Promise<T> => {
      // Counting octets takes time itself: done once, before anything is timed.
      if (index === WARM_UP_NODES - 1) {
        const { result, exchanges } = await exchangesDuring(act);
        wires[name] = exchanges;
        return result;
      }
      const result = await act();
      if (index >= WARM_UP_NODES) times[name].push(timed.lastMilliseconds());
      return result;
    };
    const names = kubeletNames(`bench-${index}.example`);
    const keyPair = await randomKeyPair("P-256");
    const first = await call("enrol", () => client.enrol(token, { csrDer: buildCertificateRequest(names, keyPair) }));
    const pair = pairOf(first, keyPair);
    await call("confirm", () => client.confirm(pair, first.requestName));
    const csrDer = buildCertificateRequest(names, await randomKeyPair("P-256"));
    await call("renew", () => client.renew(pair, { csrDer }));
  }
  const operations: MeasuredOperation[] = [];
  for (const name of ["enrol", "renew", "confirm"] as const)
    operations.push({
      name,
      milliseconds: median(times[name]),
      exchangeMilliseconds: await exchangeFloor(floorUrl, wires[name]),
      calls: wires[name].length,
      bytes: wires[name].reduce((sum, { sent, received }) => sum + sent + received, 0),
    });
  return operations;
}

/** Calls the handler as API Gateway does, and takes the time of this thread meanwhile. */
function timedTransport(handler: HttpHandler) {
  let milliseconds = 0;
  const transport = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const event = eventOf(request);
    const before = threadMilliseconds();
    const answer = await handler(event, {} as Context);
    milliseconds = threadMilliseconds() - before;
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    return { status: answer.statusCode ?? 0, headers: Object.fromEntries(headers), body: answer.body ?? "" };
  };
  return { transport, lastMilliseconds: () => milliseconds };
}

/** Only this much of an event is read. */
function eventOf({ method, url, headers, body }: ServiceRequest): APIGatewayProxyEventV2 {
  const [, , , name, rest] = url.pathname.split("/");
  const event: unknown = {
    version: "2.0",
    routeKey: rest === undefined ? `${method} ${url.pathname}` : `${method} /v1/certificates/{name}/${rest}`,
    rawPath: url.pathname,
    rawQueryString: "",
    headers,
    pathParameters: rest === undefined ? undefined : { name },
    body,
    isBase64Encoded: false,
    requestContext: {
      domainName: url.host,
      requestId: "bench",
      timeEpoch: Date.now(),
      http: { method, sourceIp: "192.0.2.1" },
    },
  };
  return event as APIGatewayProxyEventV2;
}

function pairOf(answer: IssuanceAnswer, keyPair: KeyPair): CertificatePair {
  const [leaf] = answer.state === "Issued" ? answer.chain : [];
  if (leaf === undefined) throw new Error(`the benchmark's request ${answer.requestName} was not granted`);
  return { leaf: nodeCertificate(leaf), chain: [leaf], keyPair };
}
