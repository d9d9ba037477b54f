import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { parseDer } from "../../../core/asn1/der.ts";
import { bitString, sequence } from "../../../core/asn1/der-writer.ts";
import { ED25519 } from "../../../core/keys/signature-algorithm.ts";
import { buildCsr } from "../../support/certificate-requests.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const csr = buildCsr({ keyPair: sharedKeyPair("Ed25519") });
const info = parseDer(csr).children[0]?.encoded ?? csr;
const signature = Buffer.from(csr.subarray(-64));

/** The same s once more, for verifiers that do not look: malleability. */
function withOrderAdded(signature: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
  const octets = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([signature.subarray(0, 32), octets]);
}

describe("an Ed25519 signature", () => {
  const refused = [
    { why: "with an s beyond the order of its group (RFC 8032 section 5.1.7)", signature: withOrderAdded(signature) },
    { why: "cut by an octet", signature: signature.subarray(0, 63) },
    { why: "with an octet behind it", signature: Buffer.concat([signature, Buffer.of(0)]) },
    { why: "of zeros", signature: Buffer.alloc(64) },
    { why: "of nothing", signature: Buffer.alloc(0) },
  ];
  for (const { why, signature: changed } of refused) {
    it(`is refused ${why}`, () => {
      assert.throws(() => parseCertificateRequest(sequence(info, ED25519.algorithmIdentifier, bitString(changed))), {
        name: "RefusalError",
        code: "bad_csr",
        message: /its signature does not verify with its own public key/,
      });
    });
  }

  it("is refused after any flip of one bit of the CSR", () => {
    assert.doesNotThrow(() => parseCertificateRequest(csr));
    for (let bit = 0; bit < csr.length * 8; bit++) {
      const changed = Buffer.from(csr);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      assert.throws(() => parseCertificateRequest(changed), { name: "RefusalError" }, `bit ${bit}`);
    }
  });
});
