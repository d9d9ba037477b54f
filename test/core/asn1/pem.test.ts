import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodePem, parsePem, parsePemBlocks, PemError } from "../../../core/asn1/pem.ts";

const LABEL = "CERTIFICATE REQUEST";
const GOOD = encodePem(LABEL, Buffer.from("an example that takes more than one line of sixty-four characters"));
const [BEGIN, BODY, END] = ["-----BEGIN CERTIFICATE REQUEST-----", "AAEC", "-----END CERTIFICATE REQUEST-----"];

const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

describe("parsePem", () => {
  const accepted = [
    { why: "lines of 64 characters", text: GOOD },
    { why: "no final newline", text: GOOD.trimEnd() },
    { why: "white space around the block", text: `\n \t${GOOD}\r\n\n` },
    { why: "CRLF line ends (RFC 7468 allows them)", text: GOOD.replaceAll("\n", "\r\n") },
    { why: "one long line", text: GOOD.replace(/(?<!-)\n(?!-)/g, "") },
  ];
  for (const { why, text } of accepted) {
    it(`accepts ${why}`, () => {
      assert.equal(textOf(parsePem(text, LABEL)), textOf(parsePem(GOOD, LABEL)));
    });
  }

  const refused = [
    { why: "an empty text", text: "", message: /must start with/ },
    { why: "a text that is not PEM", text: "hello", message: /must start with "-----BEGIN CERTIFICATE REQUEST-----"$/ },
    { why: "bare base64", text: BODY, message: /must start with/ },
    {
      why: "another label, and says which",
      text: GOOD.replaceAll(LABEL, "CERTIFICATE"),
      message: /got "-----BEGIN CERTIFICATE-----"/,
    },
    {
      why: "the old label with NEW",
      text: GOOD.replaceAll(LABEL, `NEW ${LABEL}`),
      message: /got "-----BEGIN NEW CERTIFICATE REQUEST-----"/,
    },
    {
      why: "NEW at one end only",
      text: `${BEGIN}\n${BODY}\n-----END NEW CERTIFICATE REQUEST-----`,
      message: /must end with/,
    },
    { why: "text before the block", text: `subject=CN\n${GOOD}`, message: /must start with/ },
    { why: "text after the block", text: `${GOOD}done`, message: /must end with/ },
    { why: "a block without its end", text: `${BEGIN}\n${BODY}\n`, message: /must end with/ },
    { why: "two blocks", text: GOOD + GOOD, message: /exactly one PEM block/ },
    {
      why: "a second block of another label inside",
      text: `${BEGIN}\n${BODY}\n-----BEGIN X-----\n${END}`,
      message: /exactly one PEM block/,
    },
    {
      why: "PEM headers",
      text: `${BEGIN}\nProc-Type: 4,ENCRYPTED\n\n${BODY}\n${END}`,
      message: /headers are not allowed/,
    },
    { why: "an empty body", text: `${BEGIN}\n${END}`, message: /not base64/ },
    {
      why: "begin and end that share their dashes",
      text: "-----BEGIN CERTIFICATE REQUEST-----END CERTIFICATE REQUEST-----",
      message: /not base64/,
    },
    { why: "characters outside base64", text: `${BEGIN}\nAA!C\n${END}`, message: /not base64/ },
    { why: "base64url characters", text: `${BEGIN}\n-_-_\n${END}`, message: /not base64/ },
    { why: "missing padding", text: `${BEGIN}\nAAE\n${END}`, message: /not base64/ },
    { why: "padding inside", text: `${BEGIN}\nAAE=AAE=\n${END}`, message: /not base64/ },
    { why: "set bits behind the last octet", text: `${BEGIN}\nAAF=\n${END}`, message: /not base64/ },
    { why: "NUL inside", text: `${BEGIN}\nAA\0EC\n${END}`, message: /not base64/ },
    { why: "a byte order mark before the block", text: `\ufeff${GOOD}`, message: /not ASCII/ },
    { why: "a no-break space after the block", text: `${GOOD}\u00a0`, message: /not ASCII/ },
  ];
  for (const { why, text, message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parsePem(text, LABEL), { name: "PemError", message });
    });
  }

  it("round trips with encodePem", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (octets) => {
        const pem = encodePem(LABEL, octets);
        assert.equal(Buffer.compare(parsePem(pem, LABEL), octets), 0);
        assert.ok(pem.split("\n").every((line) => line.length <= 64));
      }),
    );
  });

  it("gives the same octets or throws PemError when any character is changed", () => {
    const octets = parsePem(GOOD, LABEL);
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.string({ unit: "binary", maxLength: 2 }), (at, replacement) => {
        const changed = GOOD.slice(0, at) + replacement + GOOD.slice(at + 1);
        try {
          const read = parsePem(changed, LABEL);
          // Other base64 is other octets, not other text for the same ones.
          assert.equal(encodePem(LABEL, read) === GOOD, Buffer.compare(read, octets) === 0);
        } catch (error) {
          assert.ok(error instanceof PemError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the text, not to its square", () => {
    // A megabyte of dashes and half labels once took minutes in other readers; here it is one pass and an answer.
    const hostile = "-----BEGIN ".repeat(100_000);
    assert.throws(() => parsePem(hostile, LABEL), PemError);
    assert.throws(() => parsePem(`${BEGIN}${"A".repeat(1_000_000)}${":".repeat(10)}${END}`, LABEL), PemError);
  });
});

describe("parsePemBlocks", () => {
  it("gives every block of the label, in order, and no other", () => {
    const chain =
      encodePem("CERTIFICATE", Buffer.from("a")) +
      encodePem("OTHER", Buffer.from("b")) +
      encodePem("CERTIFICATE", Buffer.from("c"));
    assert.deepEqual(parsePemBlocks(chain, "CERTIFICATE").map(textOf), ["a", "c"]);
    assert.deepEqual(parsePemBlocks("", "CERTIFICATE"), []);
  });
});
