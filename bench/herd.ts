import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { memoryIssuanceLedger } from "../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../adapters/memory/node-store.ts";
import { memoryRecoveryAdmissionStore } from "../adapters/memory/recovery-admission-store.ts";
import { memoryTokenStore } from "../adapters/memory/token-store.ts";
import { kubeletNames } from "../agent/certificate/certificate-names.ts";
import { buildCertificateRequest } from "../agent/certificate/certificate-request.ts";
import type { KeyPair } from "../agent/certificate/key-pair.ts";
import type { ServiceRequest, ServiceResponse } from "../agent/service/exchange.ts";
import { Retries } from "../agent/service/retries.ts";
import { serviceClient } from "../agent/service/service-client.ts";
import { ServiceClock } from "../agent/service/service-clock.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../core/authority/plan.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../core/token/bootstrap-token.ts";
import { createFirstAuthorities } from "../core/authority/reconciliation/create-authority.ts";
import { createToken, type TokenServices } from "../core/token/create-token.ts";
import { issuerDirectory } from "../core/authority/issuer-directory.ts";
import { DEFAULT_POLICY } from "../core/policy/policy.ts";
import type { Signer } from "../core/keys/signer.ts";
import { RefusalError } from "../core/refusal.ts";
import { renewalCalendar } from "../core/renewal/calendar.ts";
import { randomSerialNumber } from "../core/certificate/serial-number.ts";
import { nodeApiHandler } from "../lambdas/node-api/handler.ts";
import type { HttpHandler } from "../lambdas/http-handler.ts";
import { authorityServices } from "../test/support/authorities.ts";
import { type Figure, comparedWith, rounded } from "./figure.ts";
import { SharedTime } from "./shared-time.ts";

const START = new Date("2030-05-05T12:00:00Z");
const USES_OF_A_TOKEN = 100;
/** The agent's default of `join --wait`. */
const WAIT_SECONDS = 900;

export interface Herd {
  readonly nodes: number;
  readonly signaturesPerSecond: number;
  /** What the front door lets through to the route. Beyond it, 429 without Retry-After, as from API Gateway. */
  readonly requestsPerSecond: number;
}

/**
 * 100,000 nodes boot at once, against a KMS that signs 1,000 times a second, in simulated time. Handler, core and the
 * agent's client and retries are real; stores and signer are in memory. The front door lets through what KMS can sign.
 * With the lower throttle of `infra/settings/route-throttles.ts` it takes longer in proportion.
 */
export async function herdFigures(): Promise<Figure[]> {
  const herd = { nodes: 100_000, signaturesPerSecond: 1000, requestsPerSecond: 1000 };
  const { seconds, requests, overused, unserved } = await simulateHerd(herd);
  if (overused + unserved > 0) throw new Error(`${unserved} nodes were not served, ${overused} tokens over-used`);
  const note = `simulated, ${rounded(requests / herd.nodes)} requests a node; front door and KMS at 1,000/s, real handler and agent`;
  return [
    comparedWith(herd.nodes / herd.signaturesPerSecond, {
      name: "herd.100k",
      value: rounded(seconds),
      unit: "s",
      note,
    }),
  ];
}

export async function simulateHerd(herd: Herd) {
  const time = new SharedTime(START);
  const authorities = authorityServices(START);
  const directory = issuerDirectory(await createFirstAuthorities(authorities, DEFAULT_AUTHORITY_PLAN));
  const tokens = memoryTokenStore();
  const services = {
    tokens,
    nodes: memoryNodeStore(),
    ledger: memoryIssuanceLedger(),
    admissions: memoryRecoveryAdmissionStore(),
    issuers: () => Promise.resolve(directory),
    signer: quotaSigner(authorities.signer, herd.signaturesPerSecond, time),
    policy: DEFAULT_POLICY,
    clock: () => time.now(),
    renewals: renewalCalendar(),
    newSerialNumber: randomSerialNumber,
    newUid: () => crypto.randomUUID(),
    audit: () => undefined,
  };
  const observer = {
    begin: () => undefined,
    end: () => undefined,
    failed: fail,
    refused: () => undefined,
    audit: () => undefined,
  };
  const handler = nodeApiHandler(services, observer);
  const door = frontDoor(handler, herd.requestsPerSecond, time);
  const keys = Array.from({ length: 1000 }, newKeyPair);
  const bearers: string[] = [];
  for (let index = 0; index < herd.nodes; index += USES_OF_A_TOKEN) bearers.push(await newToken(services));

  let [unserved, lastServedAt] = [0, 0];
  for (let index = 0; index < herd.nodes; index++) {
    time.start(async () => {
      const retries = new Retries({ clock: time, waitSeconds: WAIT_SECONDS, note: () => undefined });
      const client = serviceClient(new URL("https://nodeseal.example/"), door.transport, new ServiceClock(time));
      const keyPair = keys[index % keys.length] ?? newKeyPair();
      const csrDer = buildCertificateRequest(kubeletNames(`node-${index}`), keyPair);
      const token = bearers[Math.floor(index / USES_OF_A_TOKEN)] ?? "";
      try {
        const { state } = await retries.run(() => client.enrol(token, { csrDer }));
        if (state === "Issued") lastServedAt = time.elapsedMilliseconds();
        else unserved++;
      } catch {
        unserved++;
      }
    });
  }
  await withoutStackTraces(() => time.run());
  const { items } = await tokens.list({ limit: bearers.length, cursor: undefined });
  const overused = items.filter(({ usedBy }) => usedBy.size > USES_OF_A_TOKEN).length;
  return { seconds: lastServedAt / 1000, requests: door.requests(), overused, unserved };
}

async function newToken(services: Omit<TokenServices, "newToken">): Promise<string> {
  const request = {
    groups: undefined,
    ttlSeconds: undefined,
    expiration: undefined,
    maxUses: USES_OF_A_TOKEN,
    nodeNames: [],
    usages: undefined,
    sourceCidrs: [],
    allowReplace: false,
    description: "",
  };
  const { token } = await createToken({ ...services, newToken: randomBootstrapToken }, request, "bench");
  return encodeBootstrapToken(token);
}

function newKeyPair(): KeyPair {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  return { keyType: "P-256", privateKey, spki: publicKey.export({ format: "der", type: "spki" }) };
}

/** Stack traces of half a million refusals are never read, and each costs as much as a request. */
async function withoutStackTraces(act: () => Promise<void>): Promise<void> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    await act();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function fail(error: unknown): void {
  throw error;
}

/** A KMS key's quota, counted per second. Calls beyond it are throttled. */
function quotaSigner(signer: Signer, perSecond: number, time: SharedTime): Signer {
  let [second, made] = [-1, 0];
  return {
    sign: (...request) => {
      const now = Math.floor(time.elapsedMilliseconds() / 1000);
      if (now !== second) [second, made] = [now, 0];
      if (++made > perSecond) return Promise.reject(new RefusalError("signer_busy", "KMS is throttling"));
      return signer.sign(...request);
    },
  };
}

/** API Gateway: a token bucket of one second, and payload format 2.0. */
function frontDoor(handler: HttpHandler, perSecond: number, time: SharedTime) {
  let [left, filledAt, count] = [perSecond, 0, 0];
  const transport = async ({ method, url, headers, body }: ServiceRequest): Promise<ServiceResponse> => {
    count++;
    const now = time.elapsedMilliseconds();
    left = Math.min(perSecond, left + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
    const date = time.now().toUTCString();
    if (left < 1)
      return {
        status: 429,
        headers: { date, "content-type": "application/json" },
        body: '{"message":"Too Many Requests"}',
      };
    left--;
    // Only this much of an event is read.
    const event: unknown = {
      version: "2.0",
      routeKey: `${method} ${url.pathname}`,
      rawPath: url.pathname,
      rawQueryString: "",
      headers,
      body,
      isBase64Encoded: false,
      requestContext: {
        domainName: url.host,
        timeEpoch: time.now().getTime(),
        http: { method, sourceIp: "192.0.2.1" },
      },
    };
    const answer = await handler(event as APIGatewayProxyEventV2, {} as Context);
    const sent = Object.entries(answer.headers ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
    return { status: answer.statusCode ?? 0, headers: { date, ...Object.fromEntries(sent) }, body: answer.body ?? "" };
  };
  return { transport, requests: () => count };
}
