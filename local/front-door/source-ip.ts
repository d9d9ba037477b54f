import type { IncomingMessage } from "node:http";

/** The address of the peer; IPv4 as IPv4 even on a socket for both. */
export function sourceIpOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}
