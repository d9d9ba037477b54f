import { sign, X509Certificate, type KeyObject } from "node:crypto";
import { canonicalRequest, sha256Hex } from "../../../local/request-signature/canonical-request.ts";

export interface SessionRequest {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly roleSessionName?: string;
  readonly region: string;
  readonly at: Date;
}

/** What a stranger may turn: the parts of a request before it is signed, and the headers after. */
export interface Turned {
  readonly algorithm?: string;
  readonly serial?: string;
  readonly signedHeaders?: readonly string[];
  readonly after?: (headers: Record<string, string>) => Record<string, string>;
  readonly body?: string;
}

/** CreateSession, signed with SigV4-X509 as `aws_signing_helper` does. */
export async function askForSession(url: string, request: SessionRequest, turned: Turned = {}) {
  const certificate = new X509Certificate(request.certificatePem);
  const { trustAnchorArn, profileArn, roleArn, roleSessionName, region, at } = request;
  const query = new URLSearchParams({ profileArn, roleArn, trustAnchorArn }).toString();
  const target = `/sessions?${query}`;
  const body = JSON.stringify({ durationSeconds: 3600, ...(roleSessionName === undefined ? {} : { roleSessionName }) });
  const date = at.toISOString().replace(/[-:]|\.\d+/g, "");
  const kind = certificate.publicKey.asymmetricKeyType === "ec" ? "ECDSA" : "RSA";
  const algorithm = turned.algorithm ?? `AWS4-X509-${kind}-SHA256`;
  const headers: Record<string, string> = {
    host: new URL(url).host,
    "content-type": "application/json",
    "x-amz-date": date,
    "x-amz-x509": certificate.raw.toString("base64"),
  };
  const signedHeaders = turned.signedHeaders ?? Object.keys(headers).sort();
  const rawHeaders = Object.entries(headers).flat();
  const canonical = canonicalRequest({ method: "POST", target, rawHeaders, body: Buffer.from(body) }, signedHeaders);
  const scope = `${date.slice(0, 8)}/${region}/rolesanywhere/aws4_request`;
  const text = [algorithm, date, scope, sha256Hex(canonical)].join("\n");
  const signature = sign("sha256", Buffer.from(text), request.privateKey).toString("hex");
  const serial = turned.serial ?? BigInt(`0x${certificate.serialNumber}`).toString();
  const authorization = `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
  const sent = { ...headers, authorization };
  const answer = await fetch(`${url}${target}`, {
    method: "POST",
    headers: turned.after?.(sent) ?? sent,
    body: turned.body ?? body,
  });
  const { message = "" } = (await answer.json()) as { readonly message?: string };
  return { status: answer.status, message };
}
