import type { IncomingMessage } from "node:http";

/** The body is longer than allowed. Its rest has not been read. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/**
 * Reads a request's body to its end. The rest of a body that is too long is discarded, so that the client, still
 * sending, can read the answer.
 *
 * @throws BodyTooLargeError as soon as it is known to exceed `mostBytes`
 */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const give = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > mostBytes) refuse();
      else chunks.push(chunk);
    };
    const refuse = (): void => {
      request.off("data", give);
      request.resume();
      reject(new BodyTooLargeError());
    };
    request.on("error", reject);
    if (Number(request.headers["content-length"] ?? 0) > mostBytes) refuse();
    else request.on("data", give).on("end", () => resolve(Buffer.concat(chunks, bytes)));
  });
}
