import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Secrets Manager with one secret that was never rotated, whatever its name. */
export async function startSecretStore(secret: string) {
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { VersionStage } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString("utf8")) as {
        VersionStage: string;
      };
      const isThere = VersionStage === "AWSCURRENT";
      const answer = isThere ? { SecretString: secret } : { __type: "ResourceNotFoundException" };
      response.writeHead(isThere ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
