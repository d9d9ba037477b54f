import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SignedRequest } from "../../../local/request-signature/canonical-request.ts";
import { isSignedRequest } from "../../../local/request-signature/verification.ts";

const CREDENTIALS = {
  accessKeyId: "AKIAABCDEFGHIJKLMNOP",
  secretAccessKey: "Z9jl0mI1bHc2bGZ+Q1pKxQ0Tn7Xw8y/ABCDEFGHI",
};
const SCOPE = { region: "eu-central-1", service: "execute-api", credentials: CREDENTIALS };
const NOW = new Date("2026-11-23T12:00:00Z");

/** SHA-256 in the shape that the signer wants. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array));
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error("not used by the signer");
  }
}

interface SigningOptions {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly at?: Date;
  readonly region?: string;
  readonly service?: string;
  readonly credentials?: typeof CREDENTIALS & { sessionToken?: string };
}

/** A request as AWS' own signer signs it, and as it then comes over the wire. */
async function signedRequest(options: SigningOptions = {}): Promise<SignedRequest> {
  const {
    method = "POST",
    path = "/v1/admin/tokens",
    query = {},
    headers = {},
    body = '{"maxUses":1}',
    at = NOW,
  } = options;
  const signer = new SignatureV4({
    credentials: options.credentials ?? CREDENTIALS,
    region: options.region ?? SCOPE.region,
    service: options.service ?? SCOPE.service,
    sha256: Sha256,
  });
  const request = await signer.sign(
    new HttpRequest({
      method,
      protocol: "https:",
      hostname: "127.0.0.1",
      path,
      query,
      headers: { host: "127.0.0.1:8443", "content-type": "application/json", ...headers },
      body,
    }),
    { signingDate: at },
  );
  const search = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) search.append(name, value);
  const text = search.toString().replaceAll("+", "%20");
  return {
    method,
    target: text === "" ? path : `${path}?${text}`,
    rawHeaders: Object.entries(request.headers).flat(),
    body: Buffer.from(body),
  };
}

/** The request with one header changed, added, or (undefined) taken away. */
function withHeader(
  request: SignedRequest,
  name: string,
  change: (value: string) => string | undefined,
): SignedRequest {
  const pairs: [string, string][] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    pairs.push([request.rawHeaders[index] ?? "", request.rawHeaders[index + 1] ?? ""]);
  const others = pairs.filter(([header]) => header.toLowerCase() !== name);
  const current = pairs.find(([header]) => header.toLowerCase() === name)?.[1] ?? "";
  const value = change(current);
  return { ...request, rawHeaders: [...others, ...(value === undefined ? [] : [[name, value] as const])].flat() };
}

describe("signature verification", () => {
  const accepted: readonly { why: string; options: SigningOptions }[] = [
    { why: "a request with a body", options: {} },
    { why: "a request without a body", options: { method: "GET", body: "" } },
    { why: "a path with encoded characters", options: { path: "/v1/admin/nodes/system%3Anode%3Aa%20b" } },
    { why: "a path with dots and empty segments", options: { path: "/v1//admin/./tokens/../tokens/" } },
    { why: "a query in any order", options: { query: { state: "Pending", limit: "10", node: "a b/c" } } },
    { why: "a repeated query parameter", options: { query: { node: ["b", "a"], empty: "" } } },
    { why: "characters that encodeURIComponent leaves", options: { query: { "a'()*!": "~-_.'()*!" } } },
    { why: "a header with inner spaces", options: { headers: { "x-amz-meta": "a   b" } } },
    {
      why: "a session token, which is signed like any header",
      options: { credentials: { ...CREDENTIALS, sessionToken: "t" } },
    },
    { why: "a clock that is five minutes late", options: { at: new Date(NOW.getTime() - 300_000) } },
    { why: "a clock that is five minutes early", options: { at: new Date(NOW.getTime() + 300_000) } },
  ];
  for (const { why, options } of accepted) {
    it(`accepts ${why}`, async () => {
      assert.equal(isSignedRequest(await signedRequest(options), SCOPE, NOW), true);
    });
  }

  const refused: readonly {
    why: string;
    options?: SigningOptions;
    tamper?: (request: SignedRequest) => SignedRequest;
  }[] = [
    { why: "another body", tamper: (request) => ({ ...request, body: Buffer.from('{"maxUses":9}') }) },
    { why: "no body", tamper: (request) => ({ ...request, body: Buffer.alloc(0) }) },
    {
      why: "another body under the hash of the first",
      options: { headers: { "x-amz-content-sha256": createHash("sha256").update('{"maxUses":1}').digest("hex") } },
      tamper: (request) => ({ ...request, body: Buffer.from('{"maxUses":9}') }),
    },
    { why: "an unsigned payload", options: { headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } } },
    { why: "another method", tamper: (request) => ({ ...request, method: "PUT" }) },
    { why: "another path", tamper: (request) => ({ ...request, target: "/v1/admin/nodes" }) },
    { why: "an added query", tamper: (request) => ({ ...request, target: `${request.target}?limit=1` }) },
    {
      why: "another query value",
      options: { query: { limit: "1" } },
      tamper: (request) => ({ ...request, target: request.target.replace("limit=1", "limit=2") }),
    },
    { why: "another host", tamper: (request) => withHeader(request, "host", () => "example.com") },
    { why: "another content type", tamper: (request) => withHeader(request, "content-type", () => "text/plain") },
    { why: "a signed header left out", tamper: (request) => withHeader(request, "content-type", () => undefined) },
    { why: "an x-amz- header added unsigned", tamper: (request) => withHeader(request, "x-amz-target", () => "x") },
    { why: "another date", tamper: (request) => withHeader(request, "x-amz-date", () => "20261123T120001Z") },
    { why: "a date that is none", tamper: (request) => withHeader(request, "x-amz-date", () => "20261332T120000Z") },
    { why: "no date", tamper: (request) => withHeader(request, "x-amz-date", () => undefined) },
    { why: "a clock over five minutes late", options: { at: new Date(NOW.getTime() - 301_000) } },
    { why: "a clock over five minutes early", options: { at: new Date(NOW.getTime() + 301_000) } },
    { why: "another region", options: { region: "us-east-1" } },
    { why: "another service", options: { service: "kms" } },
    { why: "another access key", options: { credentials: { ...CREDENTIALS, accessKeyId: "AKIAABCDEFGHIJKLMNOQ" } } },
    { why: "another secret", options: { credentials: { ...CREDENTIALS, secretAccessKey: "wrong" } } },
    { why: "no authorization", tamper: (request) => withHeader(request, "authorization", () => undefined) },
    {
      why: "a bearer token",
      tamper: (request) => withHeader(request, "authorization", () => "Bearer abcdef.0123456789abcdef"),
    },
    ...[
      {
        why: "another signature",
        change: (text: string) => text.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
      },
      { why: "a short signature", change: (text: string) => text.slice(0, -2) },
      { why: "no signature", change: (text: string) => text.replace(/, Signature=.*/, "") },
      { why: "two signatures", change: (text: string) => `${text}, ${/Signature=.*/.exec(text)?.[0] ?? ""}` },
      { why: "another algorithm", change: (text: string) => text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1") },
      { why: "a scope of another day", change: (text: string) => text.replace("/20261123/", "/20261122/") },
      { why: "a host that is not signed", change: (text: string) => text.replace(";host;", ";") },
    ].map(({ why, change }) => ({
      why,
      tamper: (request: SignedRequest) => withHeader(request, "authorization", change),
    })),
  ];
  for (const { why, options, tamper = (request: SignedRequest) => request } of refused) {
    it(`refuses ${why}`, async () => {
      const request = await signedRequest(options);
      if (options === undefined) assert.equal(isSignedRequest(request, SCOPE, NOW), true, "as it was signed");
      assert.equal(isSignedRequest(tamper(request), SCOPE, NOW), false);
    });
  }

  it("agrees with the example that AWS publishes", () => {
    // IAM user guide, "Create a signed AWS API request", and the AWS Signature Version 4 test suite: get-vanilla.
    const scope = {
      region: "us-east-1",
      service: "service",
      credentials: {
        accessKeyId: "AKIDEXAMPLEAKIDEXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      },
    };
    const request = {
      method: "GET",
      target: "/",
      rawHeaders: [
        ...["Host", "example.amazonaws.com"],
        ...["X-Amz-Date", "20150830T123600Z"],
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEAKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
      ],
      body: Buffer.alloc(0),
    };
    assert.equal(isSignedRequest(request, scope, new Date("2015-08-30T12:36:00Z")), true);
  });
});
