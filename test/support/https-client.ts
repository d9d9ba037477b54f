import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { SignatureV4 } from "@smithy/signature-v4";
import { HttpRequest } from "@smithy/protocol-http";
import { createHash, createHmac } from "node:crypto";
import type { LocalService } from "./local-service.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as a JSON object; {} when it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** A client certificate and its key, PEM. */
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** A plain HTTPS client for the local service: no retries, no library between the test and the wire. */
export class HttpsClient {
  readonly #service: LocalService;
  readonly #agent: Agent;
  readonly #ca: string;

  constructor(service: LocalService) {
    this.#service = service;
    this.#ca = readFileSync(service.environment["NODESEAL_CA_FILE"] ?? "", "utf8");
    this.#agent = new Agent({ ca: this.#ca, keepAlive: true, maxSockets: 20 });
  }

  send(method: string, path: string, { headers = {}, body, client }: RequestOptions = {}): Promise<Answer> {
    const agent =
      client === undefined ? this.#agent : new Agent({ ca: this.#ca, cert: client.certificate, key: client.key });
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.#service.url),
        { method, agent, headers: { ...headers, ...lengthOf(body) } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve(answerOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString("utf8"))),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  /** JSON in, with a bearer token if one is given. */
  post(path: string, body: unknown, token?: string): Promise<Answer> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return this.send("POST", path, {
      headers: { "content-type": "application/json", ...authorization },
      body: JSON.stringify(body),
    });
  }

  get(path: string, token?: string): Promise<Answer> {
    return this.send("GET", path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  }

  /** As an administrator: signed with the local credentials. */
  async admin(method: string, path: string, body?: unknown): Promise<Answer> {
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_REGION = "" } = this.#service.environment;
    const url = new URL(path, this.#service.url);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const signer = new SignatureV4({
      service: "execute-api",
      region: AWS_REGION,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
      sha256: NodeSha256,
    });
    const signed = await signer.sign(
      new HttpRequest({
        method,
        protocol: "https:",
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { host: url.host, ...(text === undefined ? {} : { "content-type": "application/json" }) },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
    return this.send(method, path, { headers: signed.headers, ...(text === undefined ? {} : { body: text }) });
  }

  /** A token with these members, as POST /v1/admin/tokens has them. */
  async newToken(members: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { status, json, text } = await this.admin("POST", "/v1/admin/tokens", members);
    if (status !== 201 || typeof json["token"] !== "string") throw new Error(`no token: ${status} ${text}`);
    return json["token"];
  }

  close(): void {
    this.#agent.destroy();
  }
}

class NodeSha256 {
  readonly #digest;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#digest = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#digest.update(bytesOf(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#digest.digest());
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

function lengthOf(body: string | Buffer | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  text: string,
): Answer {
  return {
    status,
    text,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    json: jsonObject(text),
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
