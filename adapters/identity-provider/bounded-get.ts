/** Room for the keys of any issuer: Google's and GitHub's take 2 to 8 KB. */
const MAX_BYTES = 256 * 1024;
const TIMEOUT_MILLISECONDS = 3000;

export interface BoundedGetOptions {
  /** In place of Node's own CAs, for a local issuer. */
  readonly ca?: string | undefined;
  /** @default 3000 */
  readonly timeoutMilliseconds?: number;
}

/**
 * One JSON document over HTTPS: no redirects, a bounded size, and a time that ends the whole of it.
 *
 * @throws Error saying what was wrong
 */
export async function boundedGet(
  url: string,
  { ca, timeoutMilliseconds = TIMEOUT_MILLISECONDS }: BoundedGetOptions,
): Promise<unknown> {
  // Loaded on first use: functions that believe no issuer never need it.
  const { request } = await import("node:https");
  const body = await new Promise<Buffer>((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const headers = { accept: "application/json" };
    const sent = request(url, { signal, headers, agent: false, ...(ca === undefined ? {} : { ca }) }, (answer) => {
      const fail = (reason: string): void => {
        sent.destroy();
        reject(new Error(`${url}: ${reason}`));
      };
      if (answer.statusCode !== 200) {
        fail(`the status is ${answer.statusCode ?? 0}, not 200`);
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) fail(`the answer has more than ${MAX_BYTES} bytes`);
        else chunks.push(chunk);
      });
      answer.on("end", () => {
        resolve(Buffer.concat(chunks));
      });
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
}
