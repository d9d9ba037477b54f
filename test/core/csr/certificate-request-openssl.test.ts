import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificateRequestPem } from "../../../core/csr/certificate-request.ts";
import { decide } from "../../../core/policy/decision.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { bootstrapIdentity } from "../../support/identities.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../../support/openssl.ts";
import { opensslCsr, type OpensslCsrPlan } from "../../support/openssl-csr.ts";
import { alternativeNamesByPeculiar, readByOpenssl, subjectOf } from "../../support/request-opinions.ts";
import { Pkcs10CertificateRequest } from "../../support/x509.ts";

const ec = (curve: string, ...options: string[]): string[] => [
  "-algorithm",
  "EC",
  "-pkeyopt",
  `ec_paramgen_curve:${curve}`,
  ...options,
];
const rsa = (bits: number, ...options: string[]): string[] => [
  "-algorithm",
  "RSA",
  "-pkeyopt",
  `rsa_keygen_bits:${bits}`,
  ...options,
];

describe("CSRs that openssl makes", { skip: OPENSSL_SKIP }, () => {
  const accepted: ({ why: string; keyType: string } & OpensslCsrPlan)[] = [
    { why: "P-256", keyType: "P-256" },
    { why: "P-384", keyType: "P-384", key: ec("P-384") },
    { why: "P-384 signed with SHA-512", keyType: "P-384", key: ec("P-384"), options: ["-sha512"] },
    { why: "RSA-2048", keyType: "RSA-2048", key: rsa(2048) },
    { why: "RSA-3072 signed with SHA-384", keyType: "RSA-3072", key: rsa(3072), options: ["-sha384"] },
    { why: "Ed25519", keyType: "Ed25519", key: ["-algorithm", "ed25519"] },
    {
      why: "DNS and IP alternative names",
      keyType: "P-256",
      extensions: ["subjectAltName=DNS:n1.example,DNS:n1,IP:10.0.0.1,IP:2001:db8::1"],
    },
    {
      why: "every other kind of alternative name",
      keyType: "P-256",
      extensions: ["subjectAltName=email:a@b.example,URI:spiffe://x/y"],
    },
    {
      why: "a subject of many attributes",
      keyType: "P-256",
      subject: "/C=DE/ST=x/L=y/O=system:nodes/OU=z/CN=system:node:n1/emailAddress=a@b",
    },
    { why: "a subject in UTF-8", keyType: "P-256", subject: "/O=Zürich/CN=привет", options: ["-utf8"] },
    { why: "an empty subject", keyType: "P-256", subject: "/" },
    { why: "the armour of old tools", keyType: "P-256", options: ["-newhdr"] },
    { why: "text before the block", keyType: "P-256", options: ["-text"] },
    {
      why: "two organizations in one RDN",
      keyType: "P-256",
      subject: "/O=team-a+O=team-b/CN=alice",
      options: ["-multivalue-rdn"],
    },
    {
      why: "usages",
      keyType: "P-256",
      extensions: ["keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth"],
    },
  ];
  for (const { why, keyType, ...plan } of accepted) {
    it(`are read as openssl and @peculiar/x509 read them: ${why}`, () => {
      const request = parseCertificateRequestPem(opensslCsr(plan).csrPem);
      assert.equal(request.keyType, keyType);
      const publicKeyPem = request.publicKey.export({ format: "pem", type: "spki" });
      assert.deepEqual(readByOpenssl(request.der), { subject: subjectOf(request.subject), publicKeyPem });
      const theirs = new Pkcs10CertificateRequest(request.der);
      const { dnsNames, ipAddresses, emailAddresses, uris } = request.extensions;
      assert.deepEqual(alternativeNamesByPeculiar(theirs), { dnsNames, ipAddresses, emailAddresses, uris });
      assert.deepEqual(Buffer.from(theirs.publicKey.rawData), Buffer.from(request.spki));
    });
  }

  const refused: ({ why: string; code: string; message: RegExp } & OpensslCsrPlan)[] = [
    { why: "RSA-1024", key: rsa(1024), code: "weak_key", message: /an RSA key of 1024 bits; allowed are/ },
    {
      why: "RSA with exponent 3",
      key: rsa(2048, "-pkeyopt", "rsa_keygen_pubexp:3"),
      code: "weak_key",
      message: /another exponent than 65537/,
    },
    {
      why: "RSA bound to PSS",
      key: ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
      code: "weak_key",
      message: /a key of algorithm 1\.2\.840\.113549\.1\.1\.10/,
    },
    { why: "P-521", key: ec("P-521"), code: "weak_key", message: /an EC key on another curve/ },
    { why: "secp256k1", key: ec("secp256k1"), code: "weak_key", message: /an EC key on another curve/ },
    {
      why: "explicit curve parameters",
      key: ec("P-256", "-pkeyopt", "ec_param_enc:explicit"),
      code: "weak_key",
      message: /explicit curve parameters/,
    },
    { why: "Ed448", key: ["-algorithm", "ed448"], code: "weak_key", message: /a key of algorithm 1\.3\.101\.113/ },
    {
      why: "a SHA-1 signature (ECDSA)",
      options: ["-sha1"],
      code: "bad_csr",
      message: /1\.2\.840\.10045\.4\.1 is not accepted/,
    },
    {
      why: "a SHA-1 signature (RSA)",
      key: rsa(2048),
      options: ["-sha1"],
      code: "bad_csr",
      message: /1\.2\.840\.113549\.1\.1\.5 is not accepted/,
    },
    {
      why: "an MD5 signature",
      key: rsa(2048),
      options: ["-md5"],
      code: "bad_csr",
      message: /1\.2\.840\.113549\.1\.1\.4 is not accepted/,
    },
    {
      why: "a PSS signature",
      key: rsa(2048),
      options: ["-sigopt", "rsa_padding_mode:pss"],
      code: "bad_csr",
      message: /1\.2\.840\.113549\.1\.1\.10 is not accepted/,
    },
    {
      why: "two common names",
      subject: "/CN=system:node:n1/CN=system:node:n2",
      code: "bad_csr",
      message: /more than one common name/,
    },
    {
      why: "a multi-valued RDN",
      subject: "/O=system:nodes+CN=system:node:n1",
      options: ["-multivalue-rdn"],
      code: "bad_csr",
      message: /a relative distinguished name mixes attributes of several types/,
    },
    {
      why: "a right-to-left override",
      subject: "/CN=system:node:\u202en1",
      options: ["-utf8"],
      code: "bad_csr",
      message: /control or invisible/,
    },
  ];
  for (const { why, code, message, ...plan } of refused) {
    it(`are refused with ${why}`, () => {
      const { csrPem } = opensslCsr(plan);
      assert.throws(() => parseCertificateRequestPem(csrPem), { name: "RefusalError", code, message, field: "csr" });
    });
  }

  it("are refused with a compressed point", () => {
    const files = workspace();
    try {
      const key = files.write("key.pem", openssl(["genpkey", ...ec("P-256")]));
      openssl(["ec", "-in", key, "-conv_form", "compressed", "-out", files.path("compressed.pem")]);
      const csr = openssl(["req", "-new", "-key", files.path("compressed.pem"), "-subj", "/CN=x"]).toString();
      assert.throws(() => parseCertificateRequestPem(csr), { code: "weak_key", message: /compressed point/ });
    } finally {
      files.remove();
    }
  });

  const denied: ({ why: string; field: string; message: RegExp } & OpensslCsrPlan)[] = [
    {
      why: "O=system:masters",
      subject: "/O=system:masters/CN=system:node:n1",
      field: "subject.organization",
      message: /must be exactly "system:nodes", got "system:masters"/,
    },
    {
      why: "CA:TRUE",
      extensions: ["basicConstraints=critical,CA:TRUE"],
      field: "basicConstraints",
      message: /CA:TRUE/,
    },
    {
      why: "an alternative name",
      extensions: ["subjectAltName=DNS:kubernetes.default.svc"],
      field: "subjectAltName",
      message: /does not allow subject alternative names/,
    },
    {
      why: "serverAuth",
      extensions: ["extendedKeyUsage=serverAuth"],
      field: "extendedKeyUsage",
      message: /1\.3\.6\.1\.5\.5\.7\.3\.1, allowed are "1\.3\.6\.1\.5\.5\.7\.3\.2"/,
    },
    {
      why: "keyCertSign",
      extensions: ["keyUsage=keyCertSign"],
      field: "keyUsage",
      message: /keyCertSign, allowed are "digitalSignature"/,
    },
    {
      why: "an unknown extension",
      extensions: ["1.2.3.4=ASN1:NULL"],
      field: "extensions",
      message: /"1\.2\.3\.4"; leave it out/,
    },
  ];
  for (const { why, field, message, ...plan } of denied) {
    it(`are denied by the default policy with ${why}`, () => {
      const csr = parseCertificateRequestPem(opensslCsr(plan).csrPem);
      const parameters = {
        signerName: KUBELET_CLIENT_SIGNER,
        usages: undefined,
        lifetimeSeconds: undefined,
        sourceIp: "10.0.0.1",
      };
      const decision = decide(bootstrapIdentity(), csr, parameters, DEFAULT_POLICY);
      assert.ok(decision.outcome === "deny");
      assert.deepEqual([decision.code, decision.rule, decision.field], ["denied_by_policy", "nodeclient", field]);
      assert.match(decision.reason, message);
    });
  }
});
