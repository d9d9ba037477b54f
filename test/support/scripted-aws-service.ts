import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service answers: an error by its name, a whole answer, nothing at all, or a torn connection. */
export type ScriptedAnswer =
  | { readonly error: string; readonly status?: number; readonly members?: object }
  | { readonly output: object }
  | "silence"
  | "reset";

export interface ScriptedAwsService {
  readonly url: string;
  /** The operations asked for, in order: `TrentService.Sign`. */
  readonly requests: string[];
  readonly bodies: unknown[];
  readonly close: () => Promise<void>;
}

/**
 * Something that speaks AWS JSON and answers by a script, its last line over and over: for what a real service does on
 * bad days only.
 */
export async function scriptedAwsService(script: readonly ScriptedAnswer[]): Promise<ScriptedAwsService> {
  const requests: string[] = [];
  const bodies: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray()).toString();
    bodies.push(JSON.parse(body));
    requests.push(String(request.headers["x-amz-target"]));
    const line = script[Math.min(requests.length, script.length) - 1] ?? "silence";
    if (line === "silence") return;
    if (line === "reset") {
      request.socket.destroy();
      return;
    }
    const isError = "error" in line;
    response.writeHead(isError ? (line.status ?? 400) : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(
      JSON.stringify(isError ? { __type: line.error, message: "as scripted", ...line.members } : line.output),
    );
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** For any AWS client that is to ask such a service. */
export function scriptedClientSettings(url: string) {
  return {
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  } as const;
}
