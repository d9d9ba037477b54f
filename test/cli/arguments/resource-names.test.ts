import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nodeNameFrom, requestNameFrom, serialNumberFrom, tokenIdFrom } from "../../../cli/arguments/resource-names.ts";
import { UsageError } from "../../../cli/program/operator-error.ts";

const SERIAL_NUMBER = "0a3b1c00d2e94b7c8b1f5a3e6d7c9b0a";

const SPELLINGS = [
  { why: "as the service prints it", text: SERIAL_NUMBER },
  { why: "upper case, as openssl x509 -serial", text: "serial=0A3B1C00D2E94B7C8B1F5A3E6D7C9B0A" },
  { why: "colons, as openssl x509 -text", text: "0a:3b:1c:00:d2:e9:4b:7c:8b:1f:5a:3e:6d:7c:9b:0a" },
  { why: "0x", text: "0xA3B1C00D2E94B7C8B1F5A3E6D7C9B0A" },
  { why: "without its leading zero", text: "a3b1c00d2e94b7c8b1f5a3e6d7c9b0a" },
  { why: "with the octet that keeps it positive, as Java", text: "000a3b1c00d2e94b7c8b1f5a3e6d7c9b0a" },
  { why: "with blanks, as Windows", text: " 0a 3b 1c 00 d2 e9 4b 7c 8b 1f 5a 3e 6d 7c 9b 0a " },
  { why: "decimal, as Go and Python", text: BigInt(`0x${SERIAL_NUMBER}`).toString() },
];

describe("serialNumberFrom", () => {
  for (const { why, text } of SPELLINGS) {
    it(`understands a serial number ${why}`, () => assert.equal(serialNumberFrom(text), SERIAL_NUMBER));
  }

  it("understands every serial number in every spelling", () => {
    const octets = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ minLength: 15, maxLength: 15 }));
    fc.assert(
      fc.property(octets, ([first, rest]) => {
        const hex = Buffer.from([first, ...rest]).toString("hex");
        const pairs = hex.match(/../g) ?? [];
        for (const text of [hex.toUpperCase(), `0x${hex.replace(/^0/, "")}`, pairs.join(":")]) {
          assert.equal(serialNumberFrom(text), hex);
        }
        const decimal = BigInt(`0x${hex}`).toString();
        // With 32 digits or fewer it could be hexadecimal as well, and is taken for that.
        if (decimal.length > 32) assert.equal(serialNumberFrom(decimal), hex);
      }),
    );
  });

  for (const text of ["", "xyz", "0", "00", "4f8a", `f${SERIAL_NUMBER}`, `${SERIAL_NUMBER}/..`, "9".repeat(39)]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => serialNumberFrom(text), UsageError));
  }
});

describe("tokenIdFrom", () => {
  const forms = ["abcdef", "abcdef.0123456789abcdef", "bootstrap-token-abcdef", "secret/bootstrap-token-abcdef"];
  for (const text of [...forms, "system:bootstrap:abcdef", " abcdef "]) {
    it(`understands ${JSON.stringify(text)}`, () => assert.equal(tokenIdFrom(text), "abcdef"));
  }

  for (const text of [
    "",
    "k2j4h",
    "K2J4H5",
    "k2j4h5.",
    "k2j4h5.0123456789abcde",
    "k2j4h5.0123456789abcdef0",
    "../etc",
  ]) {
    it(`refuses ${JSON.stringify(text)} without repeating it`, () =>
      assert.throws(
        () => tokenIdFrom(text),
        (error) => error instanceof UsageError && (text === "" || !error.message.includes(text)),
      ));
  }
});

describe("nodeNameFrom and requestNameFrom", () => {
  for (const text of ["worker-1", "node/worker-1", "nodes/worker-1", "system:node:worker-1", " worker-1\n"]) {
    it(`understands the node ${JSON.stringify(text)}`, () => assert.equal(nodeNameFrom(text), "worker-1"));
  }

  for (const text of ["csr-Zk3_q-1", "csr/csr-Zk3_q-1", "certificatesigningrequest.certificates.k8s.io/csr-Zk3_q-1"]) {
    it(`understands the request ${text}`, () => assert.equal(requestNameFrom(text), "csr-Zk3_q-1"));
  }

  for (const text of ["", ".", "..", "a/../b", "a?b", "a#b", "a%2fb", "ä", "a b"]) {
    it(`refuses ${JSON.stringify(text)}, which would be another path`, () => {
      assert.throws(() => nodeNameFrom(text), UsageError);
      assert.throws(() => requestNameFrom(text), UsageError);
    });
  }
});
