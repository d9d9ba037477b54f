import { createHash, ECDH } from "node:crypto";
import type { Der } from "../asn1/der.ts";
import { sequence, unsignedInteger } from "../asn1/der-writer.ts";
import { subjectName, encodeDistinguishedName } from "../asn1/distinguished-name.ts";
import { buildCaTbs } from "../certificate/ca-certificate.ts";
import { parseSerialNumber } from "../certificate/serial-number.ts";
import { assembleCertificate } from "../certificate/tbs-certificate.ts";
import { ECDSA_SHA256 } from "../keys/signature-algorithm.ts";

const SEED = "Nodeseal: a trust anchor that trusts nobody";
/** SPKI of an uncompressed P-256 point (RFC 5480). */
const P256_SPKI_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

/**
 * A CA certificate whose private key nobody has, the same in every deployment. CloudFormation makes the trust anchor with
 * it, before there is a CA: what a template says stays the same, so that no later deployment puts an old CA back. Should
 * CloudFormation write it once more, the anchor trusts nobody until the next reconciliation, rather than somebody.
 *
 * The key is the first point of the curve whose x coordinate is a hash of the seed and a number: to know its private key
 * is to solve a discrete logarithm. The signature is a hash too. Whoever has no certificate of the issuer, which does not
 * exist, cannot verify it, as with every intermediate CA that stands alone.
 */
export function nobodyCertificate(): Der {
  const spki = spkiOfNobody();
  const subject = subjectName(["Nodeseal"], "trusts nobody yet");
  const issuer = {
    subjectName: encodeDistinguishedName(subjectName(["Nodeseal"], "nobody")),
    // Twenty octets, as of a real key (RFC 5280 section 4.2.1.2).
    subjectKeyId: hashOf("issuer").subarray(0, 20),
    signatureAlgorithm: ECDSA_SHA256,
  };
  const tbs = buildCaTbs(issuer, {
    serialNumber: parseSerialNumber(`40${hashOf("serial number").toString("hex").slice(0, 30)}`) ?? neverSo(),
    validity: { notBefore: new Date("2025-01-01T00:00:00Z"), notAfter: new Date("2049-12-31T23:59:59Z") },
    subject,
    spki,
    pathLength: 0,
  });
  const signature = sequence(unsignedInteger(hashOf("r")), unsignedInteger(hashOf("s")));
  return assembleCertificate(tbs, ECDSA_SHA256, signature);
}

function spkiOfNobody(): Der {
  for (let number = 0; ; number++) {
    const compressed = Buffer.concat([Uint8Array.of(2), hashOf(`x ${number}`)]);
    try {
      const point = ECDH.convertKey(compressed, "prime256v1", undefined, undefined, "uncompressed");
      return Uint8Array.from([...P256_SPKI_PREFIX, ...Buffer.from(point)]);
    } catch {
      // About every second number is no x coordinate of a point.
    }
  }
}

function hashOf(what: string): Buffer<ArrayBuffer> {
  return createHash("sha256").update(`${SEED}, ${what}`).digest();
}

function neverSo(): never {
  throw new Error("the serial number is a constant");
}
