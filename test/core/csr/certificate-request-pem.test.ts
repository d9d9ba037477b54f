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

  const refused = [
    {
      why: "a text that is not PEM",
      text: "not a CSR",
      code: "bad_csr",
      message: /must start with "-----BEGIN CERTIFICATE REQUEST-----"/,
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
      message: /"csr" has \d+ characters, allowed are 12288/,
    },
    { why: "a megabyte", text: "A".repeat(1_000_000), code: "too_large", message: /"csr" has 1000000 characters/ },
  ];
  for (const { why, text, code, message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseCertificateRequestPem(text), { name: "RefusalError", code, message, field: "csr" });
    });
  }
});
