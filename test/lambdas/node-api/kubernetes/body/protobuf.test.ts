import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeEnvelope, encodeEnvelope } from "../../../../../lambdas/node-api/kubernetes/body/envelope.ts";
import { decodeMessage, ProtobufError } from "../../../../../lambdas/node-api/kubernetes/body/protobuf.ts";
import {
  KUBEADM_TOKEN_CREATE,
  KUBECTL_APPROVAL,
  KUBECTL_CAN_I,
  KUBECTL_WHOAMI,
  KUBELET_CREATE,
  KUBELET_ROTATION_CREATE,
} from "./captured-bodies.ts";

type Json = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

describe("protobuf bodies of real clients", () => {
  it("reads what a kubelet without rotation sends", () => {
    const { apiVersion, kind, metadata, spec } = decodeEnvelope(KUBELET_CREATE) as Json;
    assert.deepEqual([apiVersion, kind], ["certificates.k8s.io/v1", "CertificateSigningRequest"]);
    assert.match(String(metadata?.["name"]), /^node-csr-[\w-]{43}$/);
    assert.deepEqual(spec?.["usages"], ["digital signature", "client auth"]);
    assert.equal(spec["signerName"], "kubernetes.io/kube-apiserver-client-kubelet");
    const pem = Buffer.from(String(spec["request"]), "base64").toString();
    assert.match(pem, /^-----BEGIN CERTIFICATE REQUEST-----\n[^-]+-----END CERTIFICATE REQUEST-----\n$/);
  });

  it("reads what a kubelet with rotation sends", () => {
    const { metadata } = decodeEnvelope(KUBELET_ROTATION_CREATE) as Json;
    assert.deepEqual(metadata, { generateName: "csr-" });
  });

  it("reads an approval with its condition, and leaves out the times Go left empty", () => {
    const { status } = decodeEnvelope(KUBECTL_APPROVAL) as Json;
    const [condition] = status?.["conditions"] as Readonly<Record<string, unknown>>[];
    const { lastUpdateTime, ...rest } = condition ?? {};
    assert.deepEqual(rest, {
      type: "Approved",
      status: "True",
      reason: "KubectlApprove",
      message: "This CSR was approved by kubectl certificate approve.",
    });
    assert.match(String(lastUpdateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("reads the reviews of kubectl auth", () => {
    assert.equal(decodeEnvelope(KUBECTL_WHOAMI)["kind"], "SelfSubjectReview");
    const { spec } = decodeEnvelope(KUBECTL_CAN_I) as Json;
    assert.deepEqual(spec?.["resourceAttributes"], {
      namespace: "default",
      verb: "get",
      group: "certificates.k8s.io",
      resource: "certificatesigningrequests",
    });
  });

  it("reads the Secret of kubeadm token create", () => {
    const { metadata, data, type } = decodeEnvelope(KUBEADM_TOKEN_CREATE) as Json;
    assert.equal(type, "bootstrap.kubernetes.io/token");
    const text = (key: string): string => Buffer.from(String(data?.[key]), "base64").toString();
    assert.equal(metadata?.["name"], `bootstrap-token-${text("token-id")}`);
    assert.equal(text("usage-bootstrap-signing"), "true");
    assert.equal(text("description"), "rack 7");
  });
});

describe("protobuf bodies of nobody", () => {
  const refused = [
    { why: "JSON", body: Buffer.from('{"kind":"CertificateSigningRequest"}') },
    { why: "nothing", body: Buffer.alloc(0) },
    { why: "the magic bytes alone", body: Buffer.from("6b387300", "hex") },
    { why: "a kind nobody sends", body: Buffer.concat([Buffer.from("6b3873000a0512034e6f6e", "hex")]) },
    { why: "a body that ends early", body: KUBELET_CREATE.subarray(0, 200) },
    { why: "a length beyond the end", body: Buffer.from("6b38730012ffffffff0f", "hex") },
    { why: "text that is not UTF-8", body: encodeEnvelopeWithBadName() },
  ];
  for (const { why, body } of refused) {
    it(`are refused: ${why}`, () => {
      assert.throws(() => decodeEnvelope(body), ProtobufError);
    });
  }

  it("are refused when a field has another wire type", () => {
    assert.throws(
      () => decodeMessage(Uint8Array.of(0x08, 0x01), { 1: { name: "name", type: "string" } }),
      ProtobufError,
    );
  });

  it("skip what nobody knows", () => {
    const bytes = Buffer.concat([Buffer.from([0x7a, 0x01, 0xff]), Buffer.from([0x0a, 0x01, 0x61])]);
    assert.deepEqual(decodeMessage(bytes, { 1: { name: "name", type: "string" } }), { name: "a" });
  });

  it("never throw anything else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeEnvelope(Buffer.concat([KUBELET_CREATE.subarray(0, 60), bytes]));
        } catch (error) {
          assert.ok(error instanceof ProtobufError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("come back as they were written", () => {
    const object = {
      metadata: { name: "alice", labels: new Map([["team", "x"]]) },
      spec: { request: "AQID", usages: ["client auth", "any"], signerName: "a.b/c", expirationSeconds: 600 },
    };
    const body = encodeEnvelope("certificates.k8s.io/v1", "CertificateSigningRequest", object);
    assert.deepEqual(decodeEnvelope(body), {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "alice", labels: { team: "x" } },
      spec: object.spec,
    });
  });
});

function encodeEnvelopeWithBadName(): Buffer {
  const body = encodeEnvelope("certificates.k8s.io/v1", "CertificateSigningRequest", { metadata: { name: "abc" } });
  body[body.indexOf("abc")] = 0xff;
  return body;
}
