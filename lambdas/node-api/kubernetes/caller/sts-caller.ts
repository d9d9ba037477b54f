import type { ClientRequestArgs, IncomingMessage, RequestOptions } from "node:http";
import { StatusError } from "../protocol/status.ts";
import { AUDIENCE_HEADER, type StsToken } from "./sts-token.ts";

/** Who signed a token, in STS' words. */
export interface StsCaller {
  readonly arn: string;
  readonly accountId: string;
}

/** Asks STS who signed. Undefined when STS does not accept the signature. @throws StatusError when STS cannot be asked */
export type AskSts = (token: StsToken, audience: string) => Promise<StsCaller | undefined>;

const TIMEOUT_MS = 5_000;
/** GetCallerIdentity's answer has under 400 bytes. */
const MAX_ANSWER_BYTES = 8 * 1024;

/**
 * Replays the presigned request. Redirects are not followed: the address is STS' own.
 *
 * @param endpoint in place of the token's host, for the local run only
 */
export function askSts(endpoint: string | undefined): AskSts {
  return async ({ host, target }, audience) => {
    const { statusCode, body } = await get(endpoint ?? `https://${host}`, target, {
      host,
      accept: "application/json",
      [AUDIENCE_HEADER]: audience,
    });
    if (statusCode === 200) return callerIn(body);
    if (statusCode >= 400 && statusCode < 500 && statusCode !== 429) return undefined;
    throw unavailable();
  };
}

function unavailable(options?: ErrorOptions): StatusError {
  return new StatusError(
    "ServiceUnavailable",
    "AWS STS cannot be asked who you are",
    { retryAfterSeconds: 2 },
    options,
  );
}

async function get(base: string, target: string, headers: ClientRequestArgs["headers"]) {
  const url = new URL(target, base);
  // Loaded with the first administrator: no node waits for it.
  const { request } = url.protocol === "http:" ? await import("node:http") : await import("node:https");
  const options: RequestOptions = { method: "GET", timeout: TIMEOUT_MS, ...(headers === undefined ? {} : { headers }) };
  return new Promise<{ statusCode: number; body: string }>((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      readAnswer(incoming).then(resolve, reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("STS did not answer in time")));
    outgoing.on("error", (cause) => reject(unavailable({ cause })));
    outgoing.end();
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<{ statusCode: number; body: string }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw unavailable();
    chunks.push(chunk);
  }
  return { statusCode: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") };
}

function callerIn(body: string): StsCaller {
  const result = memberOf(memberOf(parse(body), "GetCallerIdentityResponse"), "GetCallerIdentityResult");
  const [arn, accountId] = [memberOf(result, "Arn"), memberOf(result, "Account")];
  if (typeof arn !== "string" || typeof accountId !== "string") throw unavailable();
  return { arn, accountId };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw unavailable({ cause });
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
