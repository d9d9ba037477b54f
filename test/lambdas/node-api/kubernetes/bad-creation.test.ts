import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BootstrapToken } from "../../../../core/bootstrap-token.ts";
import { requestBody, REQUESTS_PATH, send, textOf } from "../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../support/kubernetes-service.ts";
import { KUBELET_CREATE } from "./captured-bodies.ts";

describe("a body that is no request", () => {
  let service: KubernetesService;
  let token: BootstrapToken;
  before(async () => {
    service = await startKubernetesService();
    token = await service.newToken();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const PROTOBUF = "application/vnd.kubernetes.protobuf";
  const creations: readonly {
    readonly why: string;
    readonly body: unknown;
    readonly type?: string;
    readonly query?: string;
    readonly code: number;
    readonly reason: string;
    readonly message: RegExp;
  }[] = [
    {
      why: "protobuf that ends early",
      body: KUBELET_CREATE.subarray(0, 300),
      type: PROTOBUF,
      code: 400,
      reason: "BadRequest",
      message: /protobuf/,
    },
    {
      why: "JSON called protobuf",
      body: requestBody(),
      type: PROTOBUF,
      code: 400,
      reason: "BadRequest",
      message: /107 56 115 0/,
    },
    {
      why: "a media type nobody speaks",
      body: "x",
      type: "application/cbor",
      code: 415,
      reason: "UnsupportedMediaType",
      message: /application\/json, application\/vnd/,
    },
    { why: "no JSON", body: Buffer.from("{"), code: 400, reason: "BadRequest", message: /not JSON/ },
    { why: "an array", body: [], code: 400, reason: "BadRequest", message: /not a JSON object/ },
    {
      why: "an object without anything",
      body: {},
      code: 422,
      reason: "Invalid",
      message: /metadata\.name: Required value: name or generateName is required/,
    },
    {
      why: "an earlier version of the API",
      body: { ...requestBody(), apiVersion: "certificates.k8s.io/v1beta1" },
      code: 400,
      reason: "BadRequest",
      message:
        /^the API version in the data \(certificates\.k8s\.io\/v1beta1\) does not match the expected API version \(certificates\.k8s\.io\/v1\)$/,
    },
    {
      why: "a kind that is no text",
      body: { ...requestBody(), kind: 1 },
      code: 400,
      reason: "BadRequest",
      message: /must be strings/,
    },
    {
      why: "another kind",
      body: { ...requestBody(), kind: "Pod", apiVersion: "v1" },
      code: 400,
      reason: "BadRequest",
      message: /must be of type CertificateSigningRequest/,
    },
    {
      why: "a member of another type",
      body: requestBody({ spec: { usages: "client auth" } }),
      code: 400,
      reason: "BadRequest",
      message: /spec\.usages/,
    },
    {
      why: "an unknown field, strictly",
      body: requestBody({ spec: { colour: 1 } }),
      query: "?fieldValidation=Strict",
      code: 400,
      reason: "BadRequest",
      message: /strict decoding error: unknown field "spec\.colour"/,
    },
    {
      why: "a field that stands there twice, strictly",
      body: Buffer.from(JSON.stringify(requestBody()).replace('"spec":{', '"spec":{"signerName":"a.b/c",')),
      query: "?fieldValidation=Strict",
      code: 400,
      reason: "BadRequest",
      message: /duplicate field "spec\.signerName"/,
    },
    {
      why: "a kind of field validation nobody knows",
      body: requestBody(),
      query: "?fieldValidation=Loose",
      code: 422,
      reason: "Invalid",
      message: /"Ignore", "Strict", "Warn"/,
    },
    {
      why: "a dry run of one stage",
      body: requestBody(),
      query: "?dryRun=Some",
      code: 422,
      reason: "Invalid",
      message: /supported values: "All"/,
    },
    {
      why: "no name",
      body: requestBody({ metadata: { name: "" } }),
      code: 422,
      reason: "Invalid",
      message: /name or generateName is required/,
    },
    {
      why: "a name with a slash",
      body: requestBody({ name: "a/b" }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.name: .*may not contain '\/'/,
    },
    {
      why: "no PEM",
      body: requestBody({ spec: { request: "AAAA" } }),
      code: 422,
      reason: "Invalid",
      message: /PEM block type must be CERTIFICATE REQUEST/,
    },
    {
      why: "a request that is no base64",
      body: requestBody({ spec: { request: "?" } }),
      code: 400,
      reason: "BadRequest",
      message: /illegal base64 data in the field spec\.request/,
    },
    {
      why: "no usages",
      body: requestBody({ spec: { usages: [] } }),
      code: 422,
      reason: "Invalid",
      message: /spec\.usages: Required value/,
    },
    {
      why: "an unknown usage",
      body: requestBody({ spec: { usages: ["signing", "flying"] } }),
      code: 422,
      reason: "Invalid",
      message: /spec\.usages\[1\]: Unsupported value: "flying"/,
    },
    {
      why: "a usage twice",
      body: requestBody({ spec: { usages: ["any", "any"] } }),
      code: 422,
      reason: "Invalid",
      message: /spec\.usages\[1\]: Duplicate value: "any"/,
    },
    {
      why: "no signer",
      body: requestBody({ spec: { signerName: "" } }),
      code: 422,
      reason: "Invalid",
      message: /spec\.signerName: Required value/,
    },
    {
      why: "the legacy signer",
      body: requestBody({ spec: { signerName: "kubernetes.io/legacy-unknown" } }),
      code: 422,
      reason: "Invalid",
      message: /legacy signerName is not allowed via this API version/,
    },
    {
      why: "a signer without a path",
      body: requestBody({ spec: { signerName: "example.com" } }),
      code: 422,
      reason: "Invalid",
      message: /fully qualified domain and path/,
    },
    {
      why: "nine minutes",
      body: requestBody({ spec: { expirationSeconds: 540 } }),
      code: 422,
      reason: "Invalid",
      message: /may not specify a duration less than 600 seconds \(10 minutes\)/,
    },
    {
      why: "two things wrong",
      body: requestBody({ spec: { usages: [], signerName: "" } }),
      code: 422,
      reason: "Invalid",
      message: /is invalid: \[spec\.usages: .*, spec\.signerName: /,
    },
    {
      why: "finalizers nobody would run",
      body: requestBody({ metadata: { finalizers: ["a/b"] } }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.finalizers: Forbidden/,
    },
    {
      why: "a label that is none",
      body: requestBody({ metadata: { labels: { "a b": "c" } } }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.labels: Invalid value: "a b": name part must consist of alphanumeric characters/,
    },
    {
      why: "a label's value that is none",
      body: requestBody({ metadata: { labels: { a: "b c" } } }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.labels: Invalid value: "b c": a valid label must be an empty string or consist of/,
    },
    {
      why: "an annotation of a domain that is none",
      body: requestBody({ metadata: { annotations: { "a b/c": "" } } }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.annotations: Invalid value: "a b\/c": prefix part a lowercase RFC 1123 subdomain/,
    },
    {
      why: "an annotation with two slashes",
      body: requestBody({ metadata: { annotations: { "a/b/c": "" } } }),
      code: 422,
      reason: "Invalid",
      message: /metadata\.annotations: Invalid value: "a\/b\/c": a qualified name must consist of/,
    },
    {
      why: "a manager with too long a name",
      body: requestBody(),
      query: `?fieldManager=${"a".repeat(129)}`,
      code: 422,
      reason: "Invalid",
      message: /^CreateOptions\.meta\.k8s\.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes$/,
    },
    {
      why: "a signer of no domain",
      body: requestBody({ spec: { signerName: "example/a" } }),
      code: 422,
      reason: "Invalid",
      message: /Invalid value: "example": should be a domain with at least two segments separated by dots/,
    },
  ];
  for (const { why, body, type, query = "", code, reason, message } of creations) {
    it(`is refused: ${why}`, async () => {
      const answer = await send(service, "POST", REQUESTS_PATH + query, {
        as: token,
        body,
        ...(type === undefined ? {} : { type }),
      });
      assert.deepEqual(
        [answer.status, answer.json["kind"], answer.json["reason"], answer.json["code"]],
        [code, "Status", reason, code],
      );
      assert.match(textOf(answer.json["message"]), message);
    });
  }

  it("is answered in bounds, however much of it is wrong", async () => {
    const usages = Array.from({ length: 12_000 }, () => "a");
    const many = await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ spec: { usages } }) });
    assert.equal(many.status, 422);
    assert.ok(many.text.length < 100_000, `${many.text.length} bytes`);
    assert.match(textOf(many.json["message"]), /and 11950 more\]$/);
    const unknown = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`unknown${index}`, 1]));
    const body = requestBody({ name: "talkative", nodeName: "talkative", spec: unknown });
    const warned = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(warned.status, 201);
    // API Gateway refuses answers with more than 10,240 bytes of headers.
    assert.ok(String(warned.headers["warning"]).length < 6000);
  });

  it("is refused when it is nested deeper than anything is", async () => {
    const depth = 15_000;
    const text = JSON.stringify(requestBody({ metadata: { managedFields: [{ deep: "DEEP" }] } }));
    const body = Buffer.from(text.replace('"DEEP"', "[".repeat(depth) + "]".repeat(depth)));
    const { status } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(status, 400);
  });

  const taken = [
    { why: "it does not say what it is", change: { kind: undefined, apiVersion: undefined } },
    { why: "a namespace, which requests have none of", metadata: { namespace: "default" } },
    { why: "annotations with capitals in their domain", metadata: { annotations: { "Example.COM/Note": "x" } } },
  ] as const;
  for (const [index, one] of taken.entries()) {
    it(`is one all the same, as kube-apiserver has it: ${one.why}`, async () => {
      const name = `taken-${index}`;
      const { change = {}, metadata = {} } = { change: undefined, metadata: undefined, ...one };
      const body = { ...requestBody({ name, nodeName: name, metadata }), ...change };
      const { status, json } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
      assert.deepEqual(
        [status, json["kind"], json["metadata"]?.["namespace"]],
        [201, "CertificateSigningRequest", undefined],
      );
    });
  }

  it("is warned of when it is not asked to be strict", async () => {
    const body = requestBody({ name: "warned", nodeName: "warned", spec: { colour: 1 } });
    const { status, headers } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(status, 201);
    assert.match(String(headers["warning"]), /^299 - "unknown field \\"spec\.colour\\""$/);
  });
});
