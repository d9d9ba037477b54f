import type { Socket } from "node:net";
import { connectionError } from "./connection-failure.ts";

/**
 * Waits for a socket to connect, or to finish its TLS handshake.
 *
 * @param peer who is at the other end, for messages
 * @throws ConnectionError; the socket is destroyed
 */
export async function connected<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  peer: string,
  signal: AbortSignal,
): Promise<S> {
  return await new Promise<S>((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.removeListener(event, onConnected).removeListener("error", fail).removeListener("close", onClose);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        // What a dying socket still says is of no interest; unheard, it would end the process.
        socket.on("error", () => undefined).destroy();
        reject(connectionError(peer, error));
      });
    const onConnected = (): void => settle(() => resolve(socket));
    const onClose = (): void => fail(new Error("the connection was closed"));
    const onAbort = (): void => fail(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once(event, onConnected).once("error", fail).once("close", onClose);
  });
}
