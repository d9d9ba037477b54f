import { once } from "node:events";
import { createServer, request as send, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { RecordedRequest } from "./recorded-request.ts";

export interface AwsCallRecorder {
  /** What the function's SDK clients are to take for AWS. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Stands between one function and one local endpoint, below the SDK: it sees what AWS would see, whoever made the call.
 * Headers pass unchanged, `host` included, since they are signed.
 */
export async function recordAwsCalls(
  functionName: string,
  endpoint: string,
  record: (request: RecordedRequest) => void,
): Promise<AwsCallRecorder> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method = "", url = "/", headers } = incoming;
      record({ functionName, target: targetOf(headers), method, path: url, body: body.toString("utf8") });
      const forwarded = send(new URL(url, endpoint), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on("error", () => outgoing.destroy());
      forwarded.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function targetOf(headers: IncomingHttpHeaders): string | undefined {
  const target = headers["x-amz-target"];
  return typeof target === "string" ? target : undefined;
}
