import { encodePem } from "../../core/asn1/pem.ts";
import { buildCsr, subjectOf } from "./certificate-requests.ts";
import { P256, type OpensslCsrPlan } from "./openssl-csr.ts";

const NODE = "/O=system:nodes/CN=system:node:n1.example";

/** A CSR somebody might send, and what they are told. */
export interface BadCsr {
  readonly why: string;
  readonly csr: OpensslCsrPlan | ((good: string) => string);
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  /** What the message must say was got, or is allowed. */
  readonly says: RegExp;
}

export const BAD_CSRS: readonly BadCsr[] = [
  {
    why: "text that is no PEM",
    csr: () => "not a CSR",
    status: 400,
    code: "bad_csr",
    says: /must hold "-----BEGIN CERTIFICATE REQUEST-----"/,
  },
  {
    why: "a certificate's PEM",
    csr: (good) => good.replaceAll("CERTIFICATE REQUEST", "CERTIFICATE"),
    status: 400,
    code: "bad_csr",
    says: /got "-----BEGIN CERTIFICATE-----"/,
  },
  { why: "two PEM blocks", csr: (good) => good + good, status: 400, code: "bad_csr", says: /exactly one PEM block/ },
  {
    why: "PEM headers",
    csr: (good) => good.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n"),
    status: 400,
    code: "bad_csr",
    says: /headers/,
  },
  {
    why: "truncated DER",
    csr: (good) => rearmoured(good, (der) => der.subarray(0, -9)),
    status: 400,
    code: "bad_csr",
    says: /cut off/,
  },
  {
    why: "bytes after the CSR",
    csr: (good) => rearmoured(good, (der) => Buffer.concat([der, Buffer.from([0, 0])])),
    status: 400,
    code: "bad_csr",
    says: /2 bytes follow/,
  },
  {
    why: "an indefinite length (BER)",
    csr: (good) =>
      rearmoured(good, (der) =>
        Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(der[1] === 0x81 ? 3 : 4), Buffer.from([0, 0])]),
      ),
    status: 400,
    code: "bad_csr",
    says: /BER/,
  },
  {
    why: "a broken signature",
    csr: (good) => rearmoured(good, (der) => flippedAt(der, der.length - 20)),
    status: 400,
    code: "bad_csr",
    says: /does not verify/,
  },
  { why: "a SHA-1 signature", csr: { options: ["-sha1"] }, status: 400, code: "bad_csr", says: /ecdsa-with-SHA256/ },
  {
    why: "RSA-1024",
    csr: { key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"] },
    status: 400,
    code: "weak_key",
    says: /1024 bits.*2048/,
  },
  {
    why: "RSA with exponent 3",
    csr: { key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"] },
    status: 400,
    code: "weak_key",
    says: /65537/,
  },
  {
    why: "a curve that is not allowed",
    csr: { key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"] },
    status: 400,
    code: "weak_key",
    says: /another curve.*P-256/,
  },
  {
    why: "P-521",
    csr: { key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"] },
    status: 400,
    code: "weak_key",
    says: /P-256 and P-384/,
  },
  {
    why: "explicit curve parameters",
    csr: { key: [...P256, "-pkeyopt", "ec_param_enc:explicit"] },
    status: 400,
    code: "weak_key",
    says: /explicit/,
  },
  {
    why: "Ed25519, which no rule of the default policy allows",
    csr: { key: ["-algorithm", "ED25519"] },
    status: 403,
    code: "denied_by_policy",
    field: "publicKey",
    says: /the key is Ed25519, allowed are "P-256"/,
  },
  { why: "Ed448", csr: { key: ["-algorithm", "ED448"] }, status: 400, code: "weak_key", says: /1\.3\.101\.113/ },
  {
    why: "two common names",
    csr: { subject: `${NODE}/CN=system:node:n2.example` },
    status: 400,
    code: "bad_csr",
    says: /more than one common name/,
  },
  {
    why: "a control character in a name",
    csr: { subject: "/O=system:nodes/CN=system:node:n\u0001.example", options: ["-utf8"] },
    status: 400,
    code: "bad_csr",
    says: /control or invisible/,
  },
  {
    why: "O=system:masters",
    csr: { subject: "/O=system:masters/CN=system:node:n1.example" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.organization",
    says: /"system:nodes", got "system:masters"/,
  },
  {
    why: "a second O",
    csr: { subject: `/O=system:masters${NODE}` },
    status: 403,
    code: "denied_by_policy",
    field: "subject.organization",
    says: /exactly "system:nodes"/,
  },
  {
    why: "an OU",
    csr: { subject: `${NODE}/OU=x` },
    status: 403,
    code: "denied_by_policy",
    field: "subject",
    says: /OU=x/,
  },
  {
    why: "a DNS SAN",
    csr: { extensions: ["subjectAltName=DNS:n1.example"] },
    status: 403,
    code: "denied_by_policy",
    field: "subjectAltName",
    says: /does not allow/,
  },
  {
    why: "an IP SAN",
    csr: { extensions: ["subjectAltName=IP:10.0.0.1"] },
    status: 403,
    code: "denied_by_policy",
    field: "subjectAltName",
    says: /does not allow/,
  },
  {
    why: "CA:TRUE",
    csr: { extensions: ["basicConstraints=critical,CA:TRUE"] },
    status: 403,
    code: "denied_by_policy",
    field: "basicConstraints",
    says: /CA:TRUE/,
  },
  {
    why: "a key usage nobody asked for",
    csr: { extensions: ["keyUsage=keyCertSign"] },
    status: 403,
    code: "denied_by_policy",
    field: "keyUsage",
    says: /keyCertSign.*digitalSignature/,
  },
  {
    why: "an extended key usage nobody asked for",
    csr: { extensions: ["extendedKeyUsage=serverAuth"] },
    status: 403,
    code: "denied_by_policy",
    field: "extendedKeyUsage",
    says: /1\.3\.6\.1\.5\.5\.7\.3\.1/,
  },
  {
    why: "another common name prefix",
    csr: { subject: "/O=system:nodes/CN=admin" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /must begin with "system:node:"/,
  },
  {
    why: "a node name of 53 characters",
    csr: () =>
      encodePem(
        "CERTIFICATE REQUEST",
        buildCsr({ subject: subjectOf(["system:nodes"], `system:node:${"n".repeat(53)}`) }),
      ),
    status: 400,
    code: "bad_csr",
    says: /has 52 at most/,
  },
  {
    why: "an upper-case node name",
    csr: { subject: "/O=system:nodes/CN=system:node:N1.example" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /lower-case RFC 1123/,
  },
  {
    why: "a homoglyph",
    csr: { subject: "/O=system:nodes/CN=system:node:nоde.example", options: ["-utf8"] },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /lower-case RFC 1123/,
  },
  {
    why: "a node name outside the token's",
    csr: { subject: "/O=system:nodes/CN=system:node:db-1" },
    status: 403,
    code: "outside_token",
    field: "subject.commonName",
    says: /n\*\.example.*"db-1"/,
  },
];

function rearmoured(csrPem: string, change: (der: Buffer) => Uint8Array): string {
  const der = Buffer.from(csrPem.replace(/-----[^-]+-----/g, ""), "base64");
  const base64 = Buffer.from(change(der))
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}-----END CERTIFICATE REQUEST-----\n`;
}

function flippedAt(der: Buffer, index: number): Buffer {
  const flipped = Buffer.from(der);
  flipped[index] = (flipped[index] ?? 0) ^ 0x01;
  return flipped;
}
