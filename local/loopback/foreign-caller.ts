import type { IncomingMessage } from "node:http";

/**
 * Why a request does not come from a program that was given this server's address; undefined when it may. The signature
 * decides in the end. This keeps browsers out before that: they say where a page came from, ask beforehand what they may
 * send, and name the host that they think they talk to, whatever it resolves to.
 */
export function faultOfCaller({ method, headers, socket }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined) return "a request with an Origin header comes from a web page";
  if (method === "OPTIONS") return "OPTIONS is asked by web pages";
  const { host = "" } = headers;
  const hosts = ["127.0.0.1", "localhost"].map((name) => `${name}:${socket.localPort ?? 0}`);
  return hosts.includes(host) ? undefined : `the host must be ${hosts.join(" or ")}, got ${JSON.stringify(host)}`;
}
