import { connect, isIP, type Socket } from "node:net";
import { connected } from "./connected-socket.ts";
import { printable } from "../output/printable-text.ts";
import { credentialsOf, hostOf } from "./proxy.ts";
import { ConnectionError } from "./service-error.ts";

/** A proxy's answer to CONNECT is a status line and a few headers. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * A connection through an HTTP proxy (RFC 9110 section 9.3.6). The proxy sees the server's name and sealed bytes.
 *
 * @throws ConnectionError when the proxy is away or unwilling
 */
export async function openTunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const peer = `the proxy ${proxy.host}`;
  const proxyAddress = { host: hostOf(proxy), port: Number(proxy.port || "80") };
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const head = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorizationOf(proxy)}\r\n`;
  // From here on nothing may fail with the socket open and nobody listening: it would keep the process alive.
  const socket = await connected(connect(proxyAddress), "connect", peer, signal);
  socket.write(head);
  const statusLine = await statusLineOf(socket, peer, signal);
  if (/^HTTP\/1\.[01] 2\d\d/.test(statusLine)) return socket;
  socket.destroy();
  // A proxy that asks for a password will ask again; one that cannot reach the host may do so later.
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0);
  throw new ConnectionError(`${peer} does not let us through to ${authority}: ${printable(statusLine.slice(0, 80))}`, {
    isRetryable: status === 429 || status >= 500,
  });
}

function authorizationOf(proxy: URL): string {
  const credentials = credentialsOf(proxy);
  return credentials === undefined ? "" : `Proxy-Authorization: Basic ${credentials.toString("base64")}\r\n`;
}

/** Reads the answer's head, and not one byte more: what follows belongs to TLS. */
async function statusLineOf(socket: Socket, peer: string, signal: AbortSignal): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (act: () => void): void => {
      socket.removeListener("readable", onReadable).removeListener("error", fail).removeListener("close", onClose);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const fail = (cause: unknown): void =>
      settle(() => {
        socket.on("error", () => undefined).destroy();
        reject(new ConnectionError(`${peer} gives no proper answer to CONNECT`, { isRetryable: true, cause }));
      });
    const onClose = (): void => fail(undefined);
    const onAbort = (): void => fail(signal.reason);
    const onReadable = (): void => {
      for (let byte = read(socket); byte !== null; byte = read(socket)) {
        head = Buffer.concat([head, byte]);
        if (head.length > MAX_ANSWER_BYTES) return fail(undefined);
        if (head.subarray(-4).equals(END_OF_HEAD)) {
          return settle(() => resolve(head.toString("latin1").split("\r\n", 1)[0] ?? ""));
        }
      }
    };
    socket.on("readable", onReadable).once("error", fail).once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

function read(socket: Socket): Buffer | null {
  const chunk: unknown = socket.read(1);
  return chunk instanceof Buffer ? chunk : null;
}
