import { randomBytes } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { readFileIfThere, writePrivateFile } from "../data/private-file.ts";
import type { Engine } from "./door.ts";

/**
 * The access key id that our database is kept under: 128 bits, in a directory that only its owner reads. DynamoDB Local
 * names a database's file by the access key id and the region, and opens it for nobody else.
 */
export function secretAccessKeyId(directory: string, region: string): string {
  const file = join(directory, "access-key-id");
  const known = readFileIfThere(file);
  if (known !== undefined) return known;
  const accessKeyId = randomBytes(16).toString("hex");
  writePrivateFile(file, accessKeyId);
  // Of an earlier release, which kept one database for all.
  const shared = join(directory, "shared-local-instance.db");
  if (existsSync(shared)) renameSync(shared, join(directory, `${accessKeyId}_${region}.db`));
  return accessKeyId;
}

/** Hands requests on under that access key id. DynamoDB Local checks no signature, so there is none. */
export function forwarding(url: string, accessKeyId: string, region: string): Engine {
  const agent = new Agent({ keepAlive: true });
  return (request, body, response) => {
    const date = String(request.headers["x-amz-date"]).slice(0, 8);
    const scope = `${accessKeyId}/${date}/${region}/dynamodb/aws4_request`;
    const headers = {
      ...request.headers,
      host: new URL(url).host,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
    };
    const { method, url: path } = request;
    const forwarded = httpRequest(url, { method, path, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    forwarded.end(body);
  };
}
