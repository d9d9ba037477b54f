import { parseJsonObject, textMember, type JsonObject } from "../../core/input/json-object.ts";
import { OperatorError } from "../program/operator-error.ts";
import { printable } from "../output/printable-text.ts";
import type { Answer, OutgoingRequest } from "./exchange.ts";
import { forbiddenMessage, type Signatory } from "./forbidden.ts";
import { ServiceError } from "./service-error.ts";

/** @throws ServiceError, OperatorError when the answer is not a JSON object */
export function objectOf(request: OutgoingRequest, answer: Answer, signatory: Signatory | undefined): JsonObject {
  assertSuccess(request, answer, signatory);
  const object = parseJsonObject(answer.body);
  if (object !== undefined) return object;
  throw new OperatorError(`the answer of ${request.url.host} is not understood: ${IS_IT_THE_SERVICE}`);
}

const IS_IT_THE_SERVICE = "is NODESEAL_URL the service's address, or did a proxy answer?";

/** @throws ServiceError when the status is not 2xx */
export function assertSuccess(request: OutgoingRequest, answer: Answer, signatory: Signatory | undefined): void {
  const { status, headers } = answer;
  if (status >= 200 && status <= 299) return;
  const object = headers["content-type"]?.includes("json") === true ? parseJsonObject(answer.body) : undefined;
  const code = object && textMember(object, "code");
  throw new ServiceError(messageFor(request, answer, object, signatory), {
    status,
    code,
    retryAfterSeconds: retryAfterSecondsOf(answer),
  });
}

function messageFor(
  request: OutgoingRequest,
  answer: Answer,
  object: JsonObject | undefined,
  signatory: Signatory | undefined,
): string {
  const { status, headers } = answer;
  if (status >= 300 && status <= 399) {
    return `${request.url.host} points to ${quote(headers["location"] ?? "elsewhere")}; use the service's own address`;
  }
  if (object === undefined) return `${request.url.host} answered ${status}, and not in JSON: ${IS_IT_THE_SERVICE}`;
  if (textMember(object, "code") !== undefined) return problemMessage(object, answer);
  return gatewayMessage(request, answer, textMember(object, "message") ?? "", signatory);
}

/** The service's own refusal (RFC 9457). Its detail is written for people. */
function problemMessage(problem: JsonObject, answer: Answer): string {
  const code = textMember(problem, "code") ?? "";
  if (code === "internal")
    return `the service failed, and its log says why${requestIdOf(answer)}; nothing is lost by trying again`;
  const said = textMember(problem, "detail") ?? textMember(problem, "title") ?? code;
  // Whoever types a command knows of no body.
  const detail = said.replace(/^the body: (?=")/, "").replace(/^the body\b/, "the request");
  const rule = textMember(problem, "rule");
  // For a denial by a rule, the checked field. Other details name the member themselves, or the CLI has no such word
  // ("id").
  const field = rule === undefined ? undefined : textMember(problem, "field");
  const where = [rule && `rule ${rule}`, field && `field ${field}`].filter((part) => part !== undefined);
  const seconds = retryAfterSecondsOf(answer);
  return (
    quote(detail) +
    (where.length === 0 ? "" : quote(` [${where.join(", ")}]`)) +
    (seconds === undefined ? "" : `; try again in ${seconds} s`)
  );
}

/** API Gateway's answers before any function runs. */
function gatewayMessage(
  request: OutgoingRequest,
  answer: Answer,
  message: string,
  signatory: Signatory | undefined,
): string {
  const { method, url } = request;
  switch (answer.status) {
    case 401:
    case 403:
      return forbiddenMessage(request, answer, quote(message), signatory);
    case 404:
      return `${url.host} has no ${method} ${url.pathname}: is NODESEAL_URL the service's address, and the service as new as this program?`;
    case 429:
      return "the service is being asked too often (429); try again in a moment";
    case 500:
    case 502:
    case 503:
    case 504:
      return `the service failed (${answer.status})${requestIdOf(answer)}; try again`;
    default:
      return `${url.host} answered ${answer.status}: ${quote(message || "no reason given")}`;
  }
}

/** Helps to find the line in the service's log. */
function requestIdOf({ headers }: Answer): string {
  const id = headers["apigw-requestid"];
  return id === undefined ? "" : ` (request ${quote(id)})`;
}

function retryAfterSecondsOf({ headers }: Answer): number | undefined {
  const text = headers["retry-after"] ?? "";
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** Foreign text in our one-line message. */
function quote(text: string): string {
  return printable(text.replace(/\s+/g, " ")).slice(0, 500);
}
