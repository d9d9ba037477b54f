import { Agent, request } from "node:http";
import { threadMilliseconds } from "../thread-time.ts";
import { median } from "../timing.ts";
import type { ByteCount } from "./exchanges.ts";

const WARM_UP_ROUNDS = 300;
const ROUNDS = 300;
/** What a request's line and an answer's head have at least, and a body has not. */
const REQUEST_HEAD_BYTES = 110;
const RESPONSE_HEAD_BYTES = 150;

/**
 * Milliseconds of this thread's CPU for HTTP exchanges of these sizes over one kept-alive connection, one after the
 * other: no client of the same protocol can do with less.
 */
export async function exchangeFloor(url: string, exchanges: readonly ByteCount[]): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const bodies = exchanges.map(({ sent, received }) => ({
    path: `/${Math.max(0, received - RESPONSE_HEAD_BYTES)}`,
    body: Buffer.alloc(Math.max(0, sent - REQUEST_HEAD_BYTES), "x"),
  }));
  const times: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const before = threadMilliseconds();
    for (const { path, body } of bodies) await exchange(url + path, body, agent);
    const milliseconds = threadMilliseconds() - before;
    if (round >= WARM_UP_ROUNDS) times.push(milliseconds);
  }
  agent.destroy();
  return median(times);
}

function exchange(url: string, body: Buffer, agent: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": body.length };
    const outgoing = request(url, { method: "POST", agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => resolve(Buffer.concat(chunks)));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
