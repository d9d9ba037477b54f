import { createServer, type Server } from "node:tls";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import type { ServiceRequest, ServiceResponse } from "../../../agent/service/exchange.ts";
import { LostError } from "../support/service-fault.ts";
import { routeOf, type RouteName } from "../support/service-answer.ts";
import { testServerIdentity, type TestAuthority } from "../support/test-authority.ts";
import type { TestService } from "../support/test-service.ts";

/** An answer as bytes, so that it may be what no HTTP library would send. */
export interface RawAnswer {
  /** Status line and header lines, without line ends. */
  readonly head: readonly string[];
  readonly body: Buffer;
  /** After the body: close the connection, go on for ever, or go on a byte a second. */
  readonly then?: "close" | "endless" | "drip";
}

/** Changes the honest answer to a request into a hostile one. */
export type Spoil = (answer: RawAnswer, route: RouteName) => RawAnswer;

export interface HostileFront {
  readonly url: URL;
  spoil: Spoil;
  /** The requests as they came, of servers that must not see a secret. */
  readonly seen: string[];
}

/** A service behind HTTPS on loopback that answers as it should, until its answers are spoiled. */
export async function hostileFront(
  t: TestContext,
  service: TestService,
  authority: TestAuthority,
): Promise<HostileFront> {
  const identity = await testServerIdentity(authority);
  const sockets = new Set<Socket>();
  const server: Server = createServer(identity, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const request = wholeRequest(received);
      if (request === undefined) return;
      received = Buffer.alloc(0);
      front.seen.push(`${request.method} ${request.url.href} ${JSON.stringify(request.headers)}`);
      answer(request, front.spoil).then(
        (raw) => send(socket, raw),
        () => socket.destroy(),
      );
    });
  });
  const answer = async (request: ServiceRequest, spoil: Spoil): Promise<RawAnswer> => {
    try {
      const response = await service.handle(request);
      const route = routeOf(request);
      return route === undefined ? rawAnswer(response) : spoil(rawAnswer(response), route);
    } catch (error) {
      if (!(error instanceof LostError)) process.stderr.write(`hostile front: ${String(error)}\n`);
      throw error;
    }
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const front: HostileFront = { url: new URL(`https://localhost:${port}/`), spoil: (raw) => raw, seen: [] };
  return front;
}

function rawAnswer({ status, headers, body }: ServiceResponse): RawAnswer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value ?? ""}`);
  return { head: [`HTTP/1.1 ${status} Whatever`, ...lines], body: Buffer.from(body) };
}

/** The whole request in these bytes; undefined while something is missing. */
function wholeRequest(bytes: Buffer): ServiceRequest | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [start = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = Number(headers["content-length"] ?? 0);
  if (bytes.length < end + 4 + length) return undefined;
  const [method, path] = start.split(" ");
  return {
    method: method === "POST" ? "POST" : "GET",
    url: new URL(path ?? "/", `https://${headers["host"] ?? ""}`),
    headers,
    body: length === 0 ? undefined : bytes.subarray(end + 4).toString("utf8"),
  };
}

const MORE = Buffer.alloc(64 * 1024, "A");

function send(socket: Socket, { head, body, then = "close" }: RawAnswer): void {
  const isBounded = then === "close" && !head.some((line) => /^(content-length|transfer-encoding):/i.test(line));
  const length = isBounded && head[0]?.startsWith("HTTP/1.1") === true ? [`content-length: ${body.length}`] : [];
  socket.write(Buffer.from([...head, ...length, "connection: close", "", ""].join("\r\n"), "latin1"));
  socket.write(body);
  if (then === "close") return void socket.end();
  if (then === "drip") {
    const timer = setInterval(() => socket.write("A"), 1000);
    socket.once("close", () => clearInterval(timer));
    return;
  }
  const flood = (): void => {
    while (!socket.destroyed && socket.write(MORE));
  };
  socket.on("drain", flood);
  flood();
}
