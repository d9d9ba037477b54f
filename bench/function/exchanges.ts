import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Octets of one HTTP exchange, as they cross the socket. */
export interface ByteCount {
  readonly sent: number;
  readonly received: number;
}

interface Exchange {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

/** What an act says to servers, and hears of them. Its exchanges may overlap, but none on one socket. */
export async function exchangesDuring<T>(act: () => Promise<T>): Promise<{ result: T; exchanges: ByteCount[] }> {
  const exchanges: Promise<ByteCount>[] = [];
  const begun = new Map<ClientRequest, Socket | undefined>();
  const before = new WeakMap<Socket, ByteCount>();
  const start = (message: unknown): void => {
    const { request } = message as Pick<Exchange, "request">;
    begun.set(request, undefined);
    const note = (socket: Socket): void => {
      begun.set(request, socket);
      if (!before.has(socket)) before.set(socket, countOf(socket));
    };
    if (request.socket) note(request.socket);
    else request.once("socket", note);
  };
  const finish = (message: unknown): void => {
    const { request, response } = message as Exchange;
    const { socket } = response;
    exchanges.push(
      new Promise((resolve) => {
        response.once("end", () => {
          const [was, now] = [before.get(socket) ?? { sent: 0, received: 0 }, countOf(socket)];
          before.set(socket, now);
          begun.delete(request);
          resolve({ sent: now.sent - was.sent, received: now.received - was.received });
        });
      }),
    );
  };
  subscribe("http.client.request.start", start);
  subscribe("http.client.response.finish", finish);
  try {
    const result = await act();
    return { result, exchanges: await Promise.all(exchanges) };
  } finally {
    unsubscribe("http.client.request.start", start);
    unsubscribe("http.client.response.finish", finish);
  }
}

function countOf({ bytesWritten, bytesRead }: Socket): ByteCount {
  return { sent: bytesWritten, received: bytesRead };
}
