import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { testServerIdentity, type TestAuthority } from "./test-authority.ts";
import { LostError } from "./service-fault.ts";
import type { TestService } from "./test-service.ts";

/** Puts a service behind HTTPS on loopback, with a certificate for localhost. Closed when the test ends. */
export async function serveHttps(t: TestContext, service: TestService, authority: TestAuthority): Promise<URL> {
  const server = createServer(await testServerIdentity(authority), (request, response) => {
    const answer = async (): Promise<void> => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const url = new URL(request.url ?? "/", `https://${request.headers.host ?? ""}`);
      const method = request.method === "POST" ? "POST" : "GET";
      const answered = await service.handle({ method, url, headers, body: (await text(request)) || undefined });
      response.writeHead(answered.status, answered.headers).end(answered.body);
    };
    answer().catch((error: unknown) => {
      if (!(error instanceof LostError)) process.stderr.write(`test service: ${String(error)}\n`);
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new URL(`https://localhost:${port}/`);
}
