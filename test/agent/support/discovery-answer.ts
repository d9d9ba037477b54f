import { createHmac, hash } from "node:crypto";
import type { ServiceRequest, ServiceResponse } from "../../../agent/service/exchange.ts";
import { problem } from "./service-answer.ts";

/** What a service knows that is asked whether it knows a token, and how it answers. */
export interface DiscoveryDouble {
  /** The token it would sign for; undefined: it cannot sign for any. */
  token: string | undefined;
  /** Which address it signs; undefined: that which it was asked at. */
  url: string | undefined;
}

/** Written from docs/api.md, apart from the real one. */
export function discoveryAnswer(
  { url }: ServiceRequest,
  bundlePem: string,
  sequence: number,
  double: DiscoveryDouble,
): ServiceResponse {
  const id = url.pathname.split("/").at(-1) ?? "";
  if (double.token === undefined) return problem(401, "invalid_token", "the bootstrap token is not valid");
  const statement = {
    url: double.url ?? `${url.origin}${url.pathname}`,
    nonce: url.searchParams.get("nonce") ?? "",
    trust_bundle_sha256: hash("sha256", bundlePem),
  };
  const signed = `${base64url({ alg: "HS256", kid: id })}.${base64url(statement)}`;
  const key = hash("sha256", `nodeseal discovery key ${double.token}`);
  const jws = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  const headers = { "nodeseal-discovery": jws, "nodeseal-trust-bundle": String(sequence) };
  return { status: 200, headers: { "content-type": "application/x-pem-file", ...headers }, body: bundlePem };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
