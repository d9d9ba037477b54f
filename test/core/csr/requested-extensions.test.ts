import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { TAG, type Der } from "../../../core/asn1/der.ts";
import { contextPrimitive, encodeDer, octetString, sequence } from "../../../core/asn1/der-writer.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { NO_EXTENSIONS, type RequestedExtensions } from "../../../core/csr/requested-extensions.ts";
import { buildCsr, extension, extensionRequest } from "../../support/certificate-requests.ts";

const NULL = encodeDer(TAG.null);
const TRUE = encodeDer(TAG.boolean, Buffer.of(0xff));
const FALSE = encodeDer(TAG.boolean, Buffer.of(0));
const integer = (value: number): Der => encodeDer(TAG.integer, Buffer.of(value));
const bits = (...octets: number[]): Der => encodeDer(TAG.bitString, Uint8Array.from(octets));
const san = (...names: Der[]): Der => extension(OID.subjectAltName, sequence(...names));
const dns = (name: string): Der => contextPrimitive(2, Buffer.from(name, "latin1"));

function requested(...extensions: Der[]): RequestedExtensions {
  return parseCertificateRequest(buildCsr({ attributes: [extensionRequest(...extensions)] })).extensions;
}

describe("the extension request of a CSR", () => {
  const accepted: { why: string; extensions: Der[]; is: Partial<RequestedExtensions> }[] = [
    { why: "nothing", extensions: [], is: {} },
    { why: "CA:FALSE, left out", extensions: [extension(OID.basicConstraints, sequence())], is: { isCa: false } },
    { why: "CA:TRUE", extensions: [extension(OID.basicConstraints, sequence(TRUE), true)], is: { isCa: true } },
    {
      why: "CA:TRUE with a path length",
      extensions: [extension(OID.basicConstraints, sequence(TRUE, integer(0)))],
      is: { isCa: true },
    },
    {
      why: "a path length without CA",
      extensions: [extension(OID.basicConstraints, sequence(integer(0)))],
      is: { isCa: false },
    },
    {
      why: "key usages",
      extensions: [extension(OID.keyUsage, bits(5, 0xa0), true)],
      is: { keyUsages: ["digitalSignature", "keyEncipherment"] },
    },
    {
      why: "the ninth key usage",
      extensions: [extension(OID.keyUsage, bits(7, 0x80, 0x80))],
      is: { keyUsages: ["digitalSignature", "decipherOnly"] },
    },
    {
      why: "extended key usages",
      extensions: [extension(OID.extendedKeyUsage, sequence(objectIdentifier("1.3.6.1.5.5.7.3.2")))],
      is: { extendedKeyUsages: ["1.3.6.1.5.5.7.3.2"] },
    },
    {
      why: "a subject key identifier, as keytool sends it",
      extensions: [extension(OID.subjectKeyIdentifier, octetString(Buffer.alloc(20)))],
      is: {},
    },
    {
      why: "anything else, by its identifier",
      extensions: [extension("1.2.3.4", NULL), extension("1.2.3.5", Buffer.from("not DER"), true)],
      is: { others: ["1.2.3.4", "1.2.3.5"] },
    },
    {
      why: "one of each kind together",
      extensions: [san(dns("a")), extension("1.2.3.4", NULL), extension(OID.basicConstraints, sequence(TRUE))],
      is: { dnsNames: ["a"], isCa: true, others: ["1.2.3.4"] },
    },
  ];
  for (const { why, extensions, is } of accepted) {
    it(`may hold ${why}`, () => {
      assert.deepEqual(requested(...extensions), { ...NO_EXTENSIONS, ...is });
    });
  }

  const refused: { why: string; extensions: Der[]; message: RegExp }[] = [
    {
      why: "an unknown extension twice",
      extensions: [extension("1.2.3", NULL), extension("1.2.3", NULL)],
      message: /1\.2\.3 is there twice/,
    },
    {
      why: "critical FALSE spelled out",
      extensions: [extension(OID.keyUsage, bits(7, 0x80), false)],
      message: /spells out the default of its critical flag/,
    },
    {
      why: "critical FALSE spelled out on an unknown extension",
      extensions: [extension("1.2.3", NULL, false)],
      message: /spells out the default/,
    },
    {
      why: "a critical flag of another type",
      extensions: [sequence(objectIdentifier("1.2.3"), NULL, octetString(NULL))],
      message: /critical flag is not there/,
    },
    {
      why: "a value of another type",
      extensions: [sequence(objectIdentifier("1.2.3"), NULL)],
      message: /an extension's value is not there/,
    },
    { why: "no value", extensions: [sequence(objectIdentifier("1.2.3"))], message: /an extension has 1 elements/ },
    {
      why: "a fourth part",
      extensions: [sequence(objectIdentifier("1.2.3"), TRUE, octetString(NULL), NULL)],
      message: /an extension has 4 elements/,
    },
    {
      why: "a type that is no identifier",
      extensions: [sequence(NULL, octetString(NULL))],
      message: /an extension's type is not there/,
    },
    { why: "an extension that is no SEQUENCE", extensions: [NULL], message: /an extension is not there/ },
    {
      why: "CA:FALSE spelled out",
      extensions: [extension(OID.basicConstraints, sequence(FALSE))],
      message: /spell out their default/,
    },
    {
      why: "basic constraints with a third part",
      extensions: [extension(OID.basicConstraints, sequence(TRUE, integer(0), integer(0)))],
      message: /the basic constraints has 3 elements/,
    },
    {
      why: "basic constraints in another order",
      extensions: [extension(OID.basicConstraints, sequence(integer(0), TRUE))],
      message: /the basic constraints are malformed/,
    },
    {
      why: "basic constraints of other types",
      extensions: [extension(OID.basicConstraints, sequence(NULL))],
      message: /the basic constraints are malformed/,
    },
    {
      why: "a path length of another type",
      extensions: [extension(OID.basicConstraints, sequence(TRUE, NULL))],
      message: /the basic constraints are malformed/,
    },
    {
      why: "an empty key usage",
      extensions: [extension(OID.keyUsage, bits(0))],
      message: /the key usage is empty/,
    },
    {
      why: "a key usage of zeros",
      extensions: [extension(OID.keyUsage, bits(0, 0))],
      message: /the key usage is empty/,
    },
    {
      why: "a key usage of many zeros",
      extensions: [extension(OID.keyUsage, bits(0, 0, 0, 0))],
      message: /the key usage is empty/,
    },
    {
      why: "a tenth key usage behind padding",
      extensions: [extension(OID.keyUsage, bits(0, 0x80, 0, 0x01))],
      message: /bits that RFC 5280 does not know/,
    },
    {
      why: "a tenth key usage",
      extensions: [extension(OID.keyUsage, bits(6, 0x80, 0x40))],
      message: /bits that RFC 5280 does not know/,
    },
    {
      why: "an empty extended key usage",
      extensions: [extension(OID.extendedKeyUsage, sequence())],
      message: /the extended key usage has 0 elements/,
    },
    {
      why: "an extended key usage of other types",
      extensions: [extension(OID.extendedKeyUsage, sequence(NULL))],
      message: /an extended key usage is not there/,
    },
    {
      why: "a subject key identifier of another type",
      extensions: [extension(OID.subjectKeyIdentifier, NULL)],
      message: /the subject key identifier is not there/,
    },
  ];
  for (const { why, extensions, message } of refused) {
    it(`may not hold ${why}`, () => {
      assert.throws(() => requested(...extensions), { name: "RefusalError", code: "bad_csr", message });
    });
  }
});
