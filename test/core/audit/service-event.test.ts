import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EVENT_DETAILS, PUBLISHED_LINES, serviceEventOf } from "../../../core/audit/service-event.ts";

const AT = new Date("2026-11-24T12:00:00Z");

const issued = {
  message: "certificate_issued",
  event: "certificate_issued",
  name: "node-csr-1",
  serialNumber: "4f8a1c00d2e94b7c8b1f5a3e6d7c9b0a",
  nodeName: "n1",
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  username: "system:bootstrap:abcdef",
  issuerId: "issuing-g1",
  notAfter: "2026-12-01T00:00:00.000Z",
  attempts: 1,
  policyVersion: "1",
};

const eventOf = (members: Readonly<Record<string, unknown>>) => serviceEventOf({ id: "37", at: AT, members }, "blue");

describe("serviceEventOf", () => {
  it("keeps the members of the event's type and adds where it is from", () => {
    const line = { ...issued, requestId: "r", sourceIp: "192.0.2.7", lambdaRequestId: "l", level: "INFO" };
    const { message, event, ...members } = issued;
    assert.equal(message, event);
    assert.deepEqual(eventOf(line), {
      type: "Certificate Issued",
      at: AT,
      detail: { ...members, requestId: "r", sourceIp: "192.0.2.7", id: "37", cluster: "blue" },
    });
  });

  it("lets nothing through that a type does not list, whatever a line holds", () => {
    const known = new Set(Object.values(EVENT_DETAILS).flatMap(({ shape }) => Object.keys(shape)));
    const extra = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => !known.has(name) && name !== "message" && name !== "__proto__"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(extra, (members) => {
        assert.deepEqual(eventOf({ ...members, ...issued })?.detail, eventOf(issued)?.detail);
      }),
    );
  });

  it("is not told by a line which event it is of", () => {
    assert.equal(eventOf({ ...issued, id: "forged", cluster: "other" })?.detail.id, "37");
    assert.equal(eventOf({ ...issued, cluster: "other" })?.detail["cluster"], "blue");
  });

  it("tells an administrator's denial from an approval", () => {
    const decided = { message: "request_decided", name: "a", nodeName: "n1", username: "arn:aws:iam::1:role/a" };
    assert.equal(eventOf({ ...decided, reason: "Approved" })?.type, "Certificate Request Approved");
    const denied = eventOf({ ...decided, reason: "Denied" });
    assert.deepEqual([denied?.type, denied?.detail["refusalCode"]], ["Certificate Request Denied", "request_denied"]);
  });

  for (const message of ["certificate_reserved", "request", "request_refused", "toString", 7, undefined]) {
    it(`makes no event of ${String(message)}`, () => assert.equal(eventOf({ ...issued, message }), undefined));
  }

  it("throws at a line that lacks a member of its type", () => {
    assert.throws(() => eventOf({ ...issued, serialNumber: undefined }), /serialNumber/);
  });

  it("publishes what issue and operator care for, and no step within", () => {
    for (const line of ["certificate_issued", "request_pending", "request_denied", "certificate_superseded_used"])
      assert.ok(PUBLISHED_LINES.includes(line), line);
    assert.ok(!PUBLISHED_LINES.includes("certificate_reserved"));
  });
});
