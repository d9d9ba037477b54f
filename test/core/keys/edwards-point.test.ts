import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { bitString, contextConstructed, sequence, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { weaknessOfPoint } from "../../../core/keys/edwards-point.ts";
import { encodeDistinguishedName, subjectName } from "../../../core/asn1/distinguished-name.ts";
import { ED25519 } from "../../../core/keys/signature-algorithm.ts";

const PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const spkiOf = (point: Uint8Array): Der => Buffer.concat([PREFIX, point]);

/** All eight, from a point of order 8 that noble finds. */
function smallOrderPoints(): Der[] {
  const base = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  return Array.from({ length: 8 }, (_, times) => base.multiplyUnsafe(BigInt(times))).map((point) =>
    Buffer.from(point.toBytes()),
  );
}

/** The field has 2^255 − 19 elements, so nineteen of them fit into 255 bits twice; each with either sign. */
const NOT_SHORTEST = Array.from({ length: 19 }, (_, above) => {
  const octets = Buffer.alloc(32, 0xff);
  octets[0] = 0xed + above;
  octets[31] = 0x7f;
  return octets;
});

function withOtherSign(point: Uint8Array): Der {
  const octets = Buffer.from(point);
  octets[31] = (octets[31] ?? 0) ^ 0x80;
  return octets;
}

/** A CSR that nobody's private key signed: R is the identity, s is 0. */
function forgedCsr(point: Uint8Array, name: string): { der: Der; info: Der; signature: Der } {
  const subject = encodeDistinguishedName(subjectName(["system:nodes"], `system:node:${name}`));
  const info = sequence(unsignedInteger(Uint8Array.of(0)), subject, spkiOf(point), contextConstructed(0));
  const signature = Buffer.concat([Buffer.of(1), Buffer.alloc(63)]);
  const der = sequence(info, ED25519.algorithmIdentifier, bitString(signature));
  return { der, info, signature };
}

describe("points of edwards25519", () => {
  it("are taken as generators make them", () => {
    for (let round = 0; round < 200; round++) {
      const spki = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" });
      assert.equal(weaknessOfPoint(spki.subarray(-32)), undefined);
    }
  });

  it("are refused when their order divides eight, in every encoding", () => {
    const points = smallOrderPoints();
    assert.equal(new Set(points.map((point) => Buffer.from(point).toString("hex"))).size, 8);
    for (const point of points.flatMap((one) => [one, withOtherSign(one)]))
      assert.equal(weaknessOfPoint(point), "its point has a small order", Buffer.from(point).toString("hex"));
  });

  it("are refused when another encoding is shorter", () => {
    for (const point of NOT_SHORTEST.flatMap((one) => [one, withOtherSign(one)]))
      assert.match(weaknessOfPoint(point) ?? "", /not in its shortest form/, Buffer.from(point).toString("hex"));
  });

  it("would let anybody sign for them", () => {
    const [identity = Buffer.alloc(32)] = smallOrderPoints();
    for (const name of ["n1.example", "n2.example"]) {
      const { der, info, signature } = forgedCsr(identity, name);
      // As Go and OpenSSL before 3.5 verify.
      assert.equal(ed25519.verify(signature, info, identity, { zip215: true }), true);
      assert.throws(() => parseCertificateRequest(der), {
        name: "RefusalError",
        code: "weak_key",
        field: "csr",
        message: "the Ed25519 key is broken: its point has a small order; make a new one",
      });
    }
  });

  it("that are none sign nothing: such a CSR is refused for its signature", () => {
    // y = 2 has no x.
    const point = Buffer.concat([Buffer.of(2), Buffer.alloc(31)]);
    assert.throws(() => ed25519.Point.fromBytes(point));
    assert.throws(() => parseCertificateRequest(forgedCsr(point, "n1.example").der), {
      code: "bad_csr",
      message: /its signature does not verify with its own public key/,
    });
  });
});
