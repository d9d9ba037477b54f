import assert from "node:assert/strict";
import { constants, createHmac, sign } from "node:crypto";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { RefusalError } from "../../../core/refusal.ts";
import { hoursFrom, nodeCertificate, NOW } from "../../support/authorities.ts";
import { newKeyPair, sharedKeyPair } from "../../support/key-pairs.ts";
import { CLAIMS, proofBench, type ProofBench } from "../../support/proof-bench.ts";

const p256 = sharedKeyPair("P-256");

describe("the parts of a proof", () => {
  let bench: ProofBench;
  before(async () => {
    bench = await proofBench();
  });

  it("refuses numbers that JSON can write and no double can hold", () => {
    const [header = "", ,] = bench.proofOf().split(".");
    const body = Buffer.from(JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e999')).toString("base64url");
    const signature = sign("sha256", Buffer.from(`${header}.${body}`), {
      key: p256.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    bench.refuses(`${header}.${body}.${signature.toString("base64url")}`, /must hold iat, exp and jti/);
  });

  it("refuses a signature by another key, of the same type and of another", () => {
    bench.refuses(bench.proofOf({ keyPair: newKeyPair("P-256") }), /its signature does not verify/);
    bench.refuses(
      bench.proofOf({ keyPair: sharedKeyPair("P-384"), header: { alg: "ES256" } }),
      /its signature does not verify/,
    );
  });

  it("refuses an HMAC keyed with the public key", () => {
    const [header = "", body = ""] = bench.proofOf({ header: { alg: "HS256" } }).split(".");
    const mac = createHmac("sha256", p256.publicKey.export({ format: "pem", type: "spki" }))
      .update(`${header}.${body}`)
      .digest();
    bench.refuses(`${header}.${body}.${mac.toString("base64url")}`, /does not fit/);
  });

  it("refuses signatures in other forms", () => {
    const [header = "", body = ""] = bench.proofOf().split(".");
    const message = Buffer.from(`${header}.${body}`);
    const withSignature = (signature: Buffer): string => `${header}.${body}.${signature.toString("base64url")}`;
    bench.refuses(withSignature(sign("sha256", message, p256.privateKey)), /does not verify/);
    bench.refuses(withSignature(Buffer.alloc(64)), /does not verify/);
    bench.refuses(withSignature(Buffer.alloc(0)), /does not verify/);
    const rsa = sharedKeyPair("RSA-2048");
    const [rsaHeader = "", rsaBody = ""] = bench
      .proofOf({
        keyPair: rsa,
        certificate: nodeCertificate(bench.authorities, rsa.spki),
        signWith: "PS256",
      })
      .split(".");
    const salted = sign("sha256", Buffer.from(`${rsaHeader}.${rsaBody}`), {
      key: rsa.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 0,
    });
    bench.refuses(`${rsaHeader}.${rsaBody}.${salted.toString("base64url")}`, /does not verify/);
  });

  it("refuses the certificates that a client certificate may not be", () => {
    const serving = nodeCertificate(bench.authorities, p256.spki, { usages: ["digital signature", "server auth"] });
    bench.refuses(bench.proofOf({ certificate: serving }), /not for client authentication/);
    const expired = nodeCertificate(bench.authorities, p256.spki, {
      validity: { notBefore: hoursFrom(NOW, -2), notAfter: hoursFrom(NOW, -1) },
    });
    bench.refuses(bench.proofOf({ certificate: expired }), /it expired at 2030-05-05T11:00:00/);
    bench.refuses(bench.proofOf({ certificate: bench.authorities.rootCertificate }), /not signed by an issuing CA/);
  });

  const good = (): [string, string, string] => bench.proofOf().split(".") as [string, string, string];
  const forms: { why: string; proof: () => string; message: RegExp }[] = [
    { why: "nothing", proof: () => "", message: /not a compact JWS/ },
    { why: "two parts", proof: () => good().slice(0, 2).join("."), message: /not a compact JWS/ },
    { why: "four parts", proof: () => [...good(), "x"].join("."), message: /not a compact JWS/ },
    { why: "JSON serialization", proof: () => JSON.stringify({ payload: good()[1] }), message: /not a compact JWS/ },
    {
      why: "an empty header",
      proof: () => ["", good()[1], good()[2]].join("."),
      message: /its header is not a JSON object/,
    },
    {
      why: "a header that is a list",
      proof: () => ["W10", good()[1], good()[2]].join("."),
      message: /its header is not a JSON object/,
    },
    {
      why: "a header that is null",
      proof: () => ["bnVsbA", good()[1], good()[2]].join("."),
      message: /its header is not a JSON object/,
    },
    {
      why: "a header nested 9,000 deep",
      proof: () => [Buffer.from("[".repeat(9000)).toString("base64url"), "e30", "AA"].join("."),
      message: /its header is not a JSON object|characters, allowed/,
    },
    { why: "padding", proof: () => `${bench.proofOf()}=`, message: /not base64url/ },
    { why: "a line feed behind it", proof: () => `${bench.proofOf()}\n`, message: /not base64url/ },
    {
      why: "characters of base64 that are not base64url's",
      proof: () => `${good()[0]}.${good()[1]}.++//`,
      message: /not base64url/,
    },
    { why: "a megabyte", proof: () => "a".repeat(1_000_000), message: /it has 1000000 characters, allowed are 12288/ },
  ];
  for (const { why, proof, message } of forms) {
    it(`refuses ${why}`, () => bench.refuses(proof(), message));
  }

  it("refuses whatever differs in one character, and throws nothing else", () => {
    const proof = bench.proofOf();
    fc.assert(
      fc.property(
        fc.nat(proof.length - 1),
        fc.string({ unit: "binary-ascii", minLength: 0, maxLength: 2 }),
        (at, replacement) => {
          const changed = proof.slice(0, at) + replacement + proof.slice(at + 1);
          if (changed !== proof)
            assert.throws(
              () => bench.check(changed),
              (error) => error instanceof RefusalError && error.code === "invalid_proof",
            );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
