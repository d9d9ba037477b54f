import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StandIn {
  readonly url: string;
  /** What was PUT, oldest first. */
  readonly received: { readonly path: string; readonly body: string; readonly contentType: string | undefined }[];
  readonly close: () => Promise<void>;
}

/** Takes every PUT as S3 does, in a bucket that keeps versions; CloudFormation's response URL is no different. */
export async function startObjectStore(): Promise<StandIn> {
  const received: { path: string; body: string; contentType: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        path: request.url ?? "",
        body: Buffer.concat(chunks).toString("utf8"),
        contentType: request.headers["content-type"],
      });
      response.writeHead(200, { "x-amz-version-id": `version-${received.length}` }).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
