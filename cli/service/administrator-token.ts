import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256, type AccessKey } from "./request-signature.ts";

export interface AdministratorToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** STS accepts a presigned request for 15 minutes. Clients should fetch the next one before that. */
const LIFETIME_MS = 14 * 60 * 1000;
/** The value that EKS' own tools use. */
const EXPIRES_SECONDS = 60;

/**
 * A bearer token for Kubernetes' API, made from the operator's AWS credentials as in EKS: a presigned STS
 * GetCallerIdentity, valid for this service only. It is made without any request.
 *
 * @param audience the service's host, with its port if it has one
 */
export async function administratorToken(
  { accessKeyId, secretAccessKey, sessionToken }: AccessKey,
  region: string,
  audience: string,
  now: Date,
): Promise<AdministratorToken> {
  const hostname = `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const request = new HttpRequest({
    method: "GET",
    protocol: "https:",
    hostname,
    path: "/",
    query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
    headers: { host: hostname, "x-k8s-aws-id": audience },
  });
  const { query = {} } = await signer.presign(request, { expiresIn: EXPIRES_SECONDS, signingDate: now });
  const parameters = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  const url = `https://${hostname}/?${parameters.join("&")}`;
  return {
    token: `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`,
    expiresAt: new Date(now.getTime() + LIFETIME_MS),
  };
}
