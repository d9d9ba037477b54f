import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayEventRequestContextV2, APIGatewayProxyEventV2WithRequestContext } from "aws-lambda";
import type { EventClientCertificate } from "./client-certificate.ts";
import { eventBody } from "./event-body.ts";
import { eventCookies, eventHeaders } from "./event-headers.ts";
import type { IamCaller } from "./iam-caller.ts";
import type { RouteMatch } from "./route-table.ts";
import { sourceIpOf } from "./source-ip.ts";

/** Payload format 2.0 of an HTTP API, with what API Gateway adds for IAM routes and for mutual TLS. */
export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { readonly authorizer?: { readonly iam: IamCaller } }
>;

/** A request at the front door, before any decision. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly arrivedAt: Date;
  readonly requestId: string;
  /** Percent-decoded: in HTTP APIs even `rawPath` is decoded, despite its name. */
  readonly decodedPath: string;
  /** Without the question mark, still encoded. */
  readonly rawQueryString: string;
}

export interface EventParts {
  readonly arrival: Arrival;
  readonly match: RouteMatch;
  readonly body: Buffer;
  readonly accountId: string;
  readonly clientCertificate: EventClientCertificate | undefined;
  readonly iamCaller: IamCaller | undefined;
}

/**
 * The event that API Gateway would pass to the function (developer guide, "Create AWS Lambda proxy integrations for
 * HTTP APIs").
 */
export function buildEvent({ arrival, match, body, accountId, clientCertificate, iamCaller }: EventParts): HttpEvent {
  const { request, decodedPath, rawQueryString } = arrival;
  const cookies = eventCookies(request);
  const { routeKey } = match.route;
  return {
    version: "2.0",
    routeKey,
    rawPath: decodedPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers: eventHeaders(request, body.length),
    ...(rawQueryString !== "" && { queryStringParameters: queryStringParameters(rawQueryString) }),
    requestContext: {
      accountId,
      apiId: "local",
      ...(clientCertificate && { authentication: { clientCert: clientCertificate } }),
      ...(iamCaller && { authorizer: { iam: iamCaller } }),
      ...domainOf(request),
      http: {
        method: request.method ?? "",
        path: decodedPath,
        protocol: "HTTP/1.1",
        sourceIp: sourceIpOf(request),
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: arrival.requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(arrival.arrivedAt),
      timeEpoch: arrival.arrivedAt.getTime(),
    },
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: { ...match.pathParameters } }),
    ...eventBody(request, body),
  };
}

/** In the form of API Gateway's own (`JKJaXmPLvHcESHA=`). */
export function randomRequestId(): string {
  return randomBytes(11).toString("base64");
}

/** Repeated parameters joined by commas, values decoded. A plus sign is a space, as in forms. */
function queryStringParameters(rawQueryString: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(joined);
}

function domainOf(request: IncomingMessage): { domainName: string; domainPrefix: string } {
  const domainName = request.headers.host ?? "";
  return { domainName, domainPrefix: domainName.split(".")[0] ?? "" };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The Common Log Format's time, as in `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(at: Date): string {
  const [, year = "", month = "", day = "", time = ""] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(at.toISOString()) ?? [];
  return `${day}/${MONTHS[Number(month) - 1] ?? ""}/${year}:${time} +0000`;
}
