import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_CSR_PEM_CHARACTERS, parseCertificateRequestPem } from "../../../core/csr/certificate-request.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { buildCsr } from "../../support/certificate-requests.ts";

const GOOD = buildCsr();

describe("parseCertificateRequestPem", () => {
  const pem = encodePem("CERTIFICATE REQUEST", GOOD);

  it("reads one PEM block", () => {
    assert.deepEqual(parseCertificateRequestPem(pem).der, Buffer.from(GOOD));
  });

  const text = "Certificate Request:\n    Data: f\u00fcr --- dich\n";
  const latin1 = Buffer.from(`\ufeff${pem}`).toString("latin1");
  const accepted = [
    { why: "a byte order mark", text: `\ufeff${pem}` },
    { why: "a byte order mark in Latin-1, as a body of bytes is read", text: latin1 },
    { why: "a byte order mark behind text, where two files were joined", text: `text\n\ufeff${pem}` },
    { why: "CRLF line ends", text: pem.replaceAll("\n", "\r\n") },
    { why: "CR line ends", text: pem.replaceAll("\n", "\r") },
    { why: "text before the block", text: text + pem },
    { why: "text after the block", text: pem + text },
    { why: "bag attributes", text: `Bag Attributes\n    friendlyName: x\n${pem}` },
    { why: "indented lines", text: pem.replace(/^(?=.)/gm, "  ") },
    { why: "the older label", text: encodePem("NEW CERTIFICATE REQUEST", GOOD) },
    {
      why: "the older label behind a byte order mark and text",
      text: `\ufeff${text}${encodePem("NEW CERTIFICATE REQUEST", GOOD)}`,
    },
  ];
  for (const { why, text } of accepted) {
    it(`reads ${why}`, () => {
      assert.deepEqual(parseCertificateRequestPem(text).der, Buffer.from(GOOD));
    });
  }

  const refused = [
    {
      why: "a text that is not PEM",
      text: "not a CSR",
      code: "bad_csr",
      message: /must hold "-----BEGIN CERTIFICATE REQUEST-----"$/,
    },
    { why: "two blocks", text: pem + pem, code: "bad_csr", message: /exactly one PEM block, got more/ },
    {
      why: "a certificate",
      text: encodePem("CERTIFICATE", GOOD),
      code: "bad_csr",
      message: /got "-----BEGIN CERTIFICATE-----"/,
    },
    {
      why: "PEM headers",
      text: pem.replace("\n", "\nProc-Type: 4,CLEAR\n\n"),
      code: "bad_csr",
      message: /PEM headers are not allowed/,
    },
    {
      why: "DER that is cut off",
      text: encodePem("CERTIFICATE REQUEST", GOOD.subarray(0, 100)),
      code: "bad_csr",
      message: /cut off/,
    },
    {
      why: "too long a text",
      text: pem + "\n".repeat(MAX_CSR_PEM_CHARACTERS),
      code: "too_large",
      message: /"csr" has \d+ characters, allowed are 49152/,
    },
    {
      why: "a private key, without a word of it",
      text: encodePem("EC PRIVATE KEY", Buffer.from("secret")),
      code: "bad_csr",
      message: /got "-----BEGIN EC PRIVATE KEY-----": a private key never leaves its machine, so make a new one/,
    },
    {
      why: "two labels in one block",
      text: pem.replace("END ", "END NEW "),
      code: "bad_csr",
      message: /the block must end with "-----END CERTIFICATE REQUEST-----"/,
    },
    {
      why: "a certificate behind the CSR",
      text: pem + encodePem("CERTIFICATE", GOOD),
      code: "bad_csr",
      message: /exactly one PEM block, got more/,
    },
    {
      why: "a second block that no program could read",
      text: `${pem}-----BEGIN nothing`,
      code: "bad_csr",
      message: /exactly one PEM block, got more/,
    },
    {
      why: "a second block before the first",
      text: encodePem("NEW CERTIFICATE REQUEST", GOOD) + pem,
      code: "bad_csr",
      message: /exactly one PEM block, got more/,
    },
    { why: "NUL beside the block", text: `\0\n${pem}`, code: "bad_csr", message: /it holds NUL characters/ },
    { why: "a second end", text: `${pem}-----END X-----`, code: "bad_csr", message: /got more ends/ },
    { why: "an end before its begin", text: `-----END X-----\n${pem}`, code: "bad_csr", message: /must end with/ },
    { why: "text on the line of the begin", text: `# ${pem}`, code: "bad_csr", message: /start of a line/ },
    {
      why: "a no-break space on the line of the begin",
      text: `\u00a0${pem}`,
      code: "bad_csr",
      message: /start of a line/,
    },
    { why: "text on the line of the end", text: `${pem.trimEnd()} #`, code: "bad_csr", message: /nothing may follow/ },
    { why: "text inside the block", text: pem.replace("\n", "\nsubject=\n"), code: "bad_csr", message: /not base64/ },
    {
      why: "begin and end that share their dashes",
      text: "-----BEGIN CERTIFICATE REQUEST-----END CERTIFICATE REQUEST-----",
      code: "bad_csr",
      message: /not base64|must end with/,
    },
    {
      why: "UTF-16",
      text: Buffer.from(pem, "utf16le").toString("latin1"),
      code: "bad_csr",
      message: /save it as UTF-8, not as UTF-16/,
    },
    {
      why: "DER where PEM is expected",
      text: Buffer.from(GOOD).toString("latin1"),
      code: "bad_csr",
      message: /got DER: convert it .*, or send it as application\/pkcs10/,
    },
    {
      why: "base64 without its boundaries",
      text: Buffer.from(GOOD).toString("base64"),
      code: "bad_csr",
      message: /got base64 alone/,
    },
    {
      why: "base64 of PEM",
      text: Buffer.from(pem).toString("base64"),
      code: "bad_csr",
      message: /got base64 of PEM: decode it once/,
    },
    { why: "a megabyte", text: "A".repeat(1_000_000), code: "too_large", message: /"csr" has 1000000 characters/ },
  ];
  for (const { why, text, code, message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseCertificateRequestPem(text), { name: "RefusalError", code, message, field: "csr" });
    });
  }
});
