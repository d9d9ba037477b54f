import type { IncomingMessage } from "node:http";

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;

/**
 * Why a request does not come from a program that was given this server's address; undefined when it may. The signature
 * decides in the end. This keeps browsers out before that: they say where a page came from, ask beforehand what they may
 * send, and name the host that they think they talk to, whatever it resolves to.
 *
 * @param ownHost another name that callers may use: one that no page can have
 */
export function faultOfCaller({ method, headers }: IncomingMessage, ownHost = LOOPBACK_HOST): string | undefined {
  if (headers.origin !== undefined) return "a request with an Origin header comes from a web page";
  if (method === "OPTIONS") return "OPTIONS is asked by web pages";
  // The name, not the port: a page whose name was made to resolve to this machine says its own, and a proxy here another port.
  const { host = "" } = headers;
  return LOOPBACK_HOST.test(host) || ownHost.test(host)
    ? undefined
    : `the host must be 127.0.0.1 or localhost, got ${JSON.stringify(host)}`;
}
