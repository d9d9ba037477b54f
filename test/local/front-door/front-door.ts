import { randomBytes } from "node:crypto";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { TestContext } from "node:test";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { HttpHandler } from "../../../lambdas/http-handler.ts";
import type { Route } from "../../../lambdas/route.ts";
import type { LocalCredentials } from "../../../local/data/credentials.ts";
import { frontDoor, type FrontDoorOptions } from "../../../local/front-door/server.ts";
import { issueTlsCertificates } from "../../../local/data/tls.ts";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "111122223333";

/** Made once: every test may trust the same CA. */
export const TLS = issueTlsCertificates(new Date());

export interface Invocation {
  readonly event: APIGatewayProxyEventV2;
  readonly context: Context;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export const DEFAULT_ROUTES: readonly Route[] = [
  { routeKey: "POST /v1/things", authorization: "NONE" },
  { routeKey: "GET /v1/things/{name}", authorization: "NONE" },
  { routeKey: "ANY /v1/admin/{path+}", authorization: "AWS_IAM" },
];

export interface FrontDoorHarnessOptions extends Partial<FrontDoorOptions> {
  readonly routes?: readonly Route[];
  readonly handler?: HttpHandler;
}

/** A front door before one function that keeps what it was called with, closed after the test. */
export async function frontDoorHarness(t: TestContext, options: FrontDoorHarnessOptions = {}) {
  const { routes = DEFAULT_ROUTES, handler = () => Promise.resolve({ statusCode: 204 }), ...rest } = options;
  const invocations: Invocation[] = [];
  const faults: unknown[] = [];
  const credentials: LocalCredentials = options.credentials ?? {
    accessKeyId: "AKIAABCDEFGHIJKLMNOP",
    secretAccessKey: randomBytes(30).toString("base64"),
  };
  const door = frontDoor({
    functions: [
      {
        name: "things",
        routes,
        handler: (event, context) => {
          invocations.push({ event, context });
          return handler(event, context);
        },
      },
    ],
    port: 0,
    tls: { certificateChainPem: TLS.serverCertificatePem + TLS.caCertificatePem, keyPem: TLS.serverKeyPem },
    trustBundle: () => "",
    credentials,
    region: REGION,
    accountId: ACCOUNT_ID,
    onFault: (error) => faults.push(error),
    ...rest,
  });
  const { url } = await door.start();
  t.after(door.close);
  const send = (path: string, request: RequestOptions = {}, body?: string | Buffer) =>
    sendRequest(`${url}${path}`, request, body);
  return { url, port: Number(new URL(url).port), send, invocations, faults, credentials, close: door.close };
}

/** One request over a connection of its own. The path goes out as it is, not normalised. */
export function sendRequest(url: string, options: RequestOptions, body?: string | Buffer): Promise<HttpAnswer> {
  const { hostname, port, origin } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { hostname, port, path: url.slice(origin.length), ca: TLS.caCertificatePem, agent: false, ...options },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            statusCode: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
