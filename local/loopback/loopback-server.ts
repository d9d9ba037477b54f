import type { Server } from "node:http";
import { StartError, systemErrorCode } from "./start-error.ts";

/**
 * Listens on 127.0.0.1 and resolves to the port. Port 0 picks a free one.
 *
 * @throws StartError when the port is taken or not permitted
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  // Node.js' default of 5 s may close a kept-alive connection just as a client uses it again.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

function listenError(error: Error, port: number): Error {
  const code = systemErrorCode(error);
  if (code === "EADDRINUSE")
    return new StartError(
      `port ${port} of 127.0.0.1 is taken; stop what uses it, or choose another --port (0 picks a free one)`,
      { cause: error },
    );
  if (code === "EACCES")
    return new StartError(`port ${port} needs more rights than this user has; choose a --port above 1023`, {
      cause: error,
    });
  return error;
}

/** Stops accepting connections, lets requests in flight finish for up to `graceMs`, then closes the rest. */
export async function closeServer(server: Server, graceMs = 5000): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
