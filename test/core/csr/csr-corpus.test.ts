import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  parseCertificateRequest,
  parseCertificateRequestPem,
  type CertificateRequest,
} from "../../../core/csr/certificate-request.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { OPENSSL_SKIP } from "../../support/openssl.ts";
import { alternativeNamesByPeculiar, readByOpenssl, subjectOf } from "../../support/request-opinions.ts";
import { sharedData } from "../../support/shared-data.ts";
import { Pkcs10CertificateRequest } from "../../support/x509.ts";

const corpus = sharedData("csr-corpus");

/** Where the parser and the index's `strict_stage1` differ, and why we stay with the parser (docs/csr-corpus.md). */
const SETTLED: readonly { file: RegExp; ours: "accept" | "refuse"; why: string }[] = [
  {
    file: /^(?:rusticata__x509-parser__assets__(?:test|csr-custom-extension)\.csr\.pem|wildfly-security__.*rove\.csr\.pem)$/,
    ours: "accept",
    why: "CRLF ends lines of PEM as well (RFC 7468)",
  },
  ...[
    /^sfackler__rust-openssl__openssl__test__csr\.pem$/,
    /^voltone__x509__test__data__csr_(?:rsa|prime256v1)\.pem$/,
  ].map((file) => ({ file, ours: "accept", why: "text before the one block (RFC 7468)" }) as const),
  ...[
    /^smallstep__crypto__pemutil__testdata__keytool\.csr\.pem$/,
    /^wildfly-security__wildfly-elytron__.*rove\.csr\.pem$/,
    /^debian_python3-cryptography-vectors_.*__ec_sha256_old_header\.pem$/,
    /^phpseclib__phpseclib__tests__Unit__File__X509__CSRTest\.php_at_1\.pem$/,
  ].map((file) => ({ file, ours: "accept", why: "the label with NEW (RFC 7468)" }) as const),
  {
    file: /^rustls__rcgen__verify-tests__tests__generic\.rs_at_[012]\.pem$/,
    ours: "accept",
    why: "CA:TRUE is read here and refused by policy",
  },
  {
    file: /^openbao__.*quick-start-intermediate-ca\.mdx_at_0\.pem$/,
    ours: "refuse",
    why: "blanks in a dNSName (RFC 5280)",
  },
  ...[
    /^rusticata__x509-parser__assets__csr-custom-extension\.pem$/,
    /^smallstep__certificates__authority__provisioner__testdata__certs__ed25519\.csr\.pem$/,
    /^smallstep__certificates__cas__vaultcas__vaultcas_test\.go_at_2\.pem$/,
    /^voltone__x509__test__data__csr_ed25519\.pem$/,
  ].map((file) => ({ file, ours: "accept", why: "Ed25519: a rule says whether it is allowed" }) as const),
];

interface Row {
  readonly file: string;
  readonly isPem: boolean;
  readonly strict: "accept" | "refuse";
  readonly content: Buffer<ArrayBuffer>;
}

function readCorpus(): Row[] {
  const [header = "", ...lines] = readFileSync(join(corpus.path, "index.tsv"), "utf8").trimEnd().split("\n");
  const column = (line: string, name: string): string => line.split("\t")[header.split("\t").indexOf(name)] ?? "";
  return lines.map((line) => ({
    file: column(line, "file"),
    isPem: column(line, "form").startsWith("pem"),
    strict: column(line, "strict_stage1") === "accept" ? "accept" : "refuse",
    content: readFileSync(join(corpus.path, column(line, "file"))),
  }));
}

/** Undefined when it was refused. Anything else that is thrown fails the test. */
function parsed(read: () => CertificateRequest, file: string): CertificateRequest | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof RefusalError, `${file}: ${String(error)}`);
    assert.ok(["bad_csr", "weak_key", "too_large"].includes(error.code), `${file}: ${error.code}`);
    assert.ok(error.message.length < 500, `${file}: a message of ${error.message.length} characters`);
    return undefined;
  }
}

describe("the corpus of other projects' CSRs", { skip: corpus.skip }, () => {
  const rows = corpus.skip === false ? readCorpus() : [];
  const requests = new Map<Row, CertificateRequest>();
  for (const row of rows) {
    const asPem = parsed(() => parseCertificateRequestPem(row.content.toString("utf8")), row.file);
    const asDer = parsed(() => parseCertificateRequest(row.content), row.file);
    const request = row.isPem ? asPem : asDer;
    if (request !== undefined) requests.set(row, request);
  }

  it("is there in full", () => {
    assert.ok(rows.length >= 350, `${rows.length} files`);
  });

  it("is judged as its index proposes, but for what was settled otherwise", () => {
    const disagreements = rows
      .map((row) => ({ file: row.file, strict: row.strict, ours: requests.has(row) ? "accept" : "refuse" }))
      .filter(({ strict, ours }) => strict !== ours);
    const open = disagreements.filter(
      ({ file, ours }) => !SETTLED.some((settled) => settled.ours === ours && settled.file.test(file)),
    );
    assert.deepEqual(open, []);
    const stale = SETTLED.filter((settled) => !disagreements.some(({ file }) => settled.file.test(file)));
    assert.deepEqual(stale, []);
  });

  it("asks for CA:TRUE only where the index says so, and the parser does not lose it", () => {
    const asking = [...requests].filter(([, { extensions }]) => extensions.isCa).map(([{ file }]) => file);
    assert.equal(asking.length, 4);
    assert.ok(asking.every((file) => /^(?:rustls__rcgen__verify-tests__|phpseclib__.*CSRTest)/.test(file)));
  });

  it("is read as @peculiar/x509 reads it: key and alternative names", () => {
    for (const [{ file }, request] of requests) {
      const theirs = new Pkcs10CertificateRequest(request.der);
      assert.deepEqual(Buffer.from(theirs.publicKey.rawData), Buffer.from(request.spki), file);
      const { dnsNames, ipAddresses, emailAddresses, uris } = request.extensions;
      assert.deepEqual(alternativeNamesByPeculiar(theirs), { dnsNames, ipAddresses, emailAddresses, uris }, file);
    }
  });

  it("is read as openssl reads it: subject, key and signature", { skip: OPENSSL_SKIP }, () => {
    for (const [{ file }, { der, subject, publicKey }] of requests) {
      const publicKeyPem = publicKey.export({ format: "pem", type: "spki" });
      assert.deepEqual(readByOpenssl(der), { subject: subjectOf(subject), publicKeyPem }, file);
    }
  });
});
