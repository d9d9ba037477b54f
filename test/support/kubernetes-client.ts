import { Agent, request } from "node:https";
import { readFileSync } from "node:fs";
import { encodeBootstrapToken, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { subjectAltName } from "../../core/certificate/extension.ts";
import { buildCsr, extensionRequest, subjectOf } from "./certificate-requests.ts";
import { newKeyPair, type KeyPair } from "./key-pairs.ts";
import type { KubernetesService } from "./kubernetes-service.ts";

export const REQUESTS_PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

export interface KubernetesAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: Json;
}

/** JSON as tests walk through it. */
export interface Json {
  readonly [name: string]: Json;
}

export interface Sending {
  /** A bootstrap token, or a bearer token as it is. */
  readonly as?: BootstrapToken | string;
  readonly client?: { readonly certificatePem: string; readonly keyPem: string };
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One HTTPS request, with nothing between the test and the wire. */
export async function send(
  service: KubernetesService,
  method: string,
  path: string,
  { as, client, body, type = "application/json", headers = {} }: Sending = {},
): Promise<KubernetesAnswer> {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const token = typeof as === "object" ? encodeBootstrapToken(as) : as;
  const agent = new Agent({
    ca: readFileSync(service.caFile),
    ...(client === undefined ? {} : { cert: client.certificatePem, key: client.keyPem }),
  });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, service.url),
      {
        method,
        agent,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(bytes === undefined ? {} : { "content-type": type, "content-length": bytes.length }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parsed(text) });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

export interface RequestPlan {
  readonly name?: string;
  readonly nodeName?: string;
  readonly keyPair?: KeyPair;
  readonly subject?: Uint8Array;
  readonly dnsNames?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A CertificateSigningRequest as a kubelet would send it, but for what is said otherwise. */
export function requestBody(plan: RequestPlan = {}) {
  const { name = "alice", nodeName = "n1", keyPair, subject, dnsNames, metadata, spec } = plan;
  const csr = buildCsr({
    keyPair: keyPair ?? newKeyPair("P-256"),
    attributes: dnsNames === undefined ? [] : [extensionRequest(subjectAltName(dnsNames, [], false))],
    subject: subject === undefined ? subjectOf(["system:nodes"], `system:node:${nodeName}`) : Uint8Array.from(subject),
  });
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name, ...metadata },
    spec: {
      request: Buffer.from(encodePem("CERTIFICATE REQUEST", csr)).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
      ...spec,
    },
  };
}

/** A request that waits for an administrator, who made it. */
export function personBody(name: string) {
  return requestBody({
    name,
    subject: subjectOf(["developers"], name),
    spec: { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
  });
}

/** `status.certificate`, decoded. */
export function certificatePemIn({ json }: KubernetesAnswer): string {
  return Buffer.from(textOf(json["status"]?.["certificate"] ?? ""), "base64").toString();
}

/** The lines of a watch. */
export function eventsIn({ text }: KubernetesAnswer): { type: string; object: Json }[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { type: string; object: Json });
}

/** A member that must be a text; empty when it is not there. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new Error(`a text was expected, got ${JSON.stringify(value)}`);
  return value;
}
