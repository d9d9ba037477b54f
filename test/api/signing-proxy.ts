import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { Agent, request } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "../../cli/service/request-signature.ts";
import type { LocalService } from "../support/local-service.ts";

export interface ClientIdentity {
  readonly bearerToken: string;
  /** PEM; shown where a node shows its certificate. */
  readonly certificate?: string;
  readonly key?: string;
}

/** What hop-by-hop headers say is between the client and the proxy. */
const LEFT_OUT = ["host", "connection", "keep-alive", "transfer-encoding", "content-length", "expect", "upgrade", "te"];

/**
 * In front of the local service, for clients that neither sign requests for AWS nor show certificates: it does so in their
 * place. All else passes as it came.
 */
export class SigningProxy {
  /** `GET 200` and how often. */
  readonly seen = new Map<string, number>();
  identity: ClientIdentity = { bearerToken: "" };
  readonly #service: LocalService;
  readonly #server: Server;
  readonly #ca: string;
  readonly #signer: SignatureV4;

  constructor(service: LocalService) {
    const { environment } = service;
    this.#service = service;
    this.#ca = readFileSync(environment["NODESEAL_CA_FILE"] ?? "", "utf8");
    this.#signer = new SignatureV4({
      service: "execute-api",
      region: environment["AWS_REGION"] ?? "",
      credentials: {
        accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
      sha256: Sha256,
    });
    this.#server = createServer((incoming, outgoing) => {
      void this.#passOn(incoming).then(
        ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
        // No answer at all is told apart from every answer of the service.
        () => outgoing.destroy(),
      );
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #passOn(incoming: IncomingMessage) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = "GET", url = "/" } = incoming;
    const kept = Object.entries(incoming.headersDistinct)
      .filter(([name]) => !LEFT_OUT.includes(name))
      .map(([name, values = []]): [string, string] => [name, values.join(", ")]);
    const headers = {
      ...Object.fromEntries(kept),
      ...(body.length > 0 ? { "content-length": String(body.length) } : {}),
    };
    const answer = await this.#send(method, url, await this.#authenticated(method, url, headers, body), body);
    const key = `${method} ${url
      .replace(/[?].*$/, "")
      .split("/")
      .slice(0, 4)
      .join("/")} ${answer.status}`;
    this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    return answer;
  }

  async #authenticated(method: string, url: string, headers: Readonly<Record<string, string>>, body: Buffer) {
    const { host } = new URL(this.#service.url);
    const [path = "", query = ""] = url.split(/\?(.*)/s);
    if (!path.startsWith("/v1/admin/")) {
      const needsToken = /^\/v1\/certificates(?:\/[^/]+)?$/.test(path) && !path.endsWith("/renew");
      return { host, ...(needsToken ? { authorization: `Bearer ${this.identity.bearerToken}` } : {}), ...headers };
    }
    const { hostname, port } = new URL(this.#service.url);
    const asked = new Map<string, string[]>();
    for (const [name, value] of new URLSearchParams(query)) asked.set(name, [...(asked.get(name) ?? []), value]);
    const signed = await this.#signer.sign(
      new HttpRequest({
        method,
        protocol: "https:",
        hostname,
        port: Number(port),
        path,
        query: Object.fromEntries(asked),
        headers: { ...headers, host },
        body,
      }),
    );
    return signed.headers;
  }

  #send(method: string, path: string, headers: Readonly<Record<string, string>>, body: Buffer) {
    const { hostname, port } = new URL(this.#service.url);
    const { certificate, key } = this.identity;
    const showsCertificate = path.startsWith("/v1/certificates/") && method === "POST" && key !== undefined;
    const agent = new Agent({ ca: this.#ca, ...(showsCertificate ? { cert: certificate, key } : {}) });
    const { promise, resolve, reject } = Promise.withResolvers<{
      readonly status: number;
      readonly headers: IncomingMessage["headers"];
      readonly body: Buffer;
    }>();
    const outgoing = request({ hostname, port, method, path, headers: { ...headers }, agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
    return promise.finally(() => agent.destroy());
  }
}
