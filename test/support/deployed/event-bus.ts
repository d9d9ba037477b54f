import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { PutEventsEntry } from "../../../adapters/eventbridge/put-events-batches.ts";

export interface EventBus {
  readonly url: string;
  /** What was put, oldest first. */
  readonly received: PutEventsEntry[];
  readonly close: () => Promise<void>;
}

/** Takes every event as EventBridge does. */
export async function startEventBus(): Promise<EventBus> {
  const received: PutEventsEntry[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { Entries } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString("utf8")) as {
        readonly Entries: readonly PutEventsEntry[];
      };
      received.push(...Entries);
      const answer = { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: String(index) })) };
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
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
