import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface ConnectProxy {
  readonly url: string;
  /** What CONNECT asked for. */
  readonly authorities: string[];
  /** All the proxy saw of what clients sent, as Latin-1. */
  readonly seen: () => string;
}

/** An HTTP proxy on loopback. @param credentials `user:password`, if it wants any */
export async function connectProxy(t: TestContext, credentials?: string): Promise<ConnectProxy> {
  const authorities: string[] = [];
  let seen = "";
  const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const server = createServer();
  server.on("connect", (request, client) => {
    if (expected !== undefined && request.headers["proxy-authorization"] !== expected) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const authority = request.url ?? "";
    authorities.push(authority);
    const { port } = new URL(`http://${authority}`);
    // Whatever the name: clients of loopback itself use no proxy.
    const upstream = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1")));
      client.pipe(upstream).pipe(client);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authorities, seen: () => seen };
}
