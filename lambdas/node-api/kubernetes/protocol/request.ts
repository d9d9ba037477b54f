import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { arrivedAt } from "../../../http/request.ts";
import { acceptanceOf, type Acceptance } from "./media-type.ts";
import { badRequest } from "./status.ts";

/** A request in the terms of Kubernetes' API. */
export interface KubernetesRequest {
  readonly event: APIGatewayProxyEventV2;
  readonly method: string;
  /** The decoded parts of the path, without the empty one before the first slash. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly acceptance: Acceptance;
  readonly arrivedAt: Date;
  readonly sourceIp: string;
}

export function kubernetesRequest(event: APIGatewayProxyEventV2): KubernetesRequest {
  const { rawPath, rawQueryString, headers, requestContext } = event;
  return {
    event,
    method: requestContext.http.method,
    segments: rawPath.replace(/\/$/, "").split("/").slice(1),
    query: new URLSearchParams(rawQueryString),
    acceptance: acceptanceOf(headers["accept"]),
    arrivedAt: arrivedAt(event),
    sourceIp: requestContext.http.sourceIp,
  };
}

/** As apimachinery reads them: a name without a value is true, and so is every value but `0` and `false`. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

/** Zero (no limit) when it is absent or negative. @throws StatusError */
export function numberParameter(query: URLSearchParams, name: string): number {
  const value = query.get(name) ?? "";
  if (value === "") return 0;
  if (!/^-?\d{1,15}$/.test(value))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax (parameter ${name})`);
  return Math.max(0, Number(value));
}

/** `All` is the only value left: `assertWriteOptions` refused the others. */
export function isDryRun(query: URLSearchParams): boolean {
  return query.has("dryRun");
}
