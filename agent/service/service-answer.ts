import type { X509Certificate } from "node:crypto";
import {
  dateMember,
  numberMember,
  parseJsonObject,
  stringMember,
  type JsonObject,
} from "../../core/input/json-object.ts";
import { AgentError } from "../program/agent-error.ts";
import { parseChainPem } from "../directory/certificate-pair.ts";
import { printable } from "../output/printable-text.ts";
import type { ServiceResponse } from "./exchange.ts";
import { ServiceError } from "./service-error.ts";

/** What the service says to a request for a certificate (API.md section 2). */
export type IssuanceAnswer = IssuedAnswer | PendingAnswer;

export interface IssuedAnswer {
  readonly state: "Issued";
  readonly requestName: string;
  /** Leaf first, without the root. */
  readonly chain: readonly X509Certificate[];
  readonly renewAfter: Date | undefined;
  readonly renewBefore: Date | undefined;
  readonly trustBundleSequence: number | undefined;
}

export interface PendingAnswer {
  readonly state: "Pending";
  readonly requestName: string;
  readonly retryAfterSeconds: number | undefined;
}

/** When to renew, as things are now. */
export interface RenewalWindowAnswer {
  readonly renewAfter: Date | undefined;
  readonly renewBefore: Date | undefined;
  readonly reason: string | undefined;
  readonly trustBundleSequence: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** It becomes a part of URLs, and of commands that people copy. */
const REQUEST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** @throws ServiceError for a refusal, AgentError for an answer that is not understood */
export function parseIssuanceAnswer(response: ServiceResponse): IssuanceAnswer {
  assertSuccess(response);
  const object = parseJsonObject(response.body) ?? {};
  const requestName = stringMember(object, "name");
  if (requestName === undefined || !REQUEST_NAME.test(requestName)) {
    throw notUnderstood(response, '"name" is missing or no name');
  }
  if (response.status === 202 || object["state"] === "Pending") {
    return { state: "Pending", requestName, retryAfterSeconds: retryAfterSecondsFrom(response) };
  }
  const chain = parseChainPem(stringMember(object, "certificate") ?? "");
  if (chain === undefined) throw notUnderstood(response, '"certificate" holds no certificate in PEM');
  return {
    state: "Issued",
    requestName,
    chain,
    renewAfter: dateMember(object, "renewAfter"),
    renewBefore: dateMember(object, "renewBefore"),
    trustBundleSequence: numberMember(object, "trustBundleSequence"),
  };
}

/** @throws ServiceError when the status is not 2xx, AgentError for an answer that is not understood */
export function parseRenewalWindow(response: ServiceResponse): RenewalWindowAnswer {
  assertSuccess(response);
  const object = parseJsonObject(response.body);
  if (object === undefined) throw notUnderstood(response, "it is not JSON");
  const reason = stringMember(object, "reason");
  return {
    renewAfter: dateMember(object, "renewAfter"),
    renewBefore: dateMember(object, "renewBefore"),
    reason: reason === undefined ? undefined : printable(reason),
    trustBundleSequence: numberMember(object, "trustBundleSequence"),
    retryAfterSeconds: retryAfterSecondsFrom(response),
  };
}

/** @throws ServiceError when the status is not 2xx */
export function assertSuccess(response: ServiceResponse): void {
  if (response.status >= 200 && response.status <= 299) return;
  const problem = problemFrom(response);
  throw new ServiceError({
    status: response.status,
    code: printable((problem && stringMember(problem, "code")) ?? ""),
    detail: detailOf(response, problem),
    retryAfterSeconds: retryAfterSecondsFrom(response),
  });
}

function problemFrom({ headers, body }: ServiceResponse): JsonObject | undefined {
  return headers["content-type"]?.includes("json") === true ? parseJsonObject(body) : undefined;
}

/** What helps often comes last: the service's reason is printed whole. */
const LONGEST_REASON = 4000;

/** One line for people. A body that is not JSON comes from something in between, and is not shown: it may be a page. */
function detailOf({ status, headers }: ServiceResponse, problem: JsonObject | undefined): string {
  if (status >= 300 && status <= 399) {
    return `it points to ${printable(headers["location"] ?? "elsewhere")}; use the service's own address as --url`;
  }
  if (problem === undefined) {
    const type = printable(headers["content-type"] ?? "nothing");
    return `the answer is ${type}, not JSON: is this the service's address, or did a proxy answer?`;
  }
  const text = stringMember(problem, "detail") ?? stringMember(problem, "title") ?? stringMember(problem, "message");
  const where = [stringMember(problem, "rule"), stringMember(problem, "field")];
  const [rule, field] = where.map((value) => (value === undefined ? undefined : printable(value)));
  const labels = [rule && `rule ${rule}`, field && `field ${field}`].filter((label) => label !== undefined);
  return printable(text ?? "no reason given", LONGEST_REASON) + (labels.length > 0 ? ` [${labels.join(", ")}]` : "");
}

/** Seconds, or an HTTP date measured against the answer's own (RFC 9110 section 10.2.3). */
export function retryAfterSecondsFrom({ headers }: ServiceResponse): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const seconds = (new Date(text).getTime() - new Date(headers["date"] ?? Number.NaN).getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function notUnderstood({ status }: ServiceResponse, why: string): AgentError {
  return new AgentError(`the service's answer (${status}) is not understood: ${why}; is this the service's address?`);
}
