import type { IncomingMessage } from "node:http";

/** The address of the peer. IPv4 stays IPv4, even on a dual-stack socket. */
export function sourceIpOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}
