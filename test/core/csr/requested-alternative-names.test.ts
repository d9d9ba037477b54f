import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { TAG, type Der } from "../../../core/asn1/der.ts";
import { contextConstructed, contextPrimitive, encodeDer, ia5String, sequence } from "../../../core/asn1/der-writer.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { NO_EXTENSIONS, type RequestedExtensions } from "../../../core/csr/requested-extensions.ts";
import { buildCsr, extension, extensionRequest } from "../../support/certificate-requests.ts";

const NULL = encodeDer(TAG.null);
const san = (...names: Der[]): Der => extension(OID.subjectAltName, sequence(...names));
const dns = (name: string): Der => contextPrimitive(2, Buffer.from(name, "latin1"));
const ip = (...octets: number[]): Der => contextPrimitive(7, Uint8Array.from(octets));
const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1];

function requested(...extensions: Der[]): RequestedExtensions {
  return parseCertificateRequest(buildCsr({ attributes: [extensionRequest(...extensions)] })).extensions;
}

describe("the subject alternative names a CSR asks for", () => {
  const accepted: { why: string; extensions: Der[]; is: Partial<RequestedExtensions> }[] = [
    { why: "DNS names", extensions: [san(dns("n1"), dns("n1.example"))], is: { dnsNames: ["n1", "n1.example"] } },
    { why: "an IPv4 address", extensions: [san(ip(10, 0, 0, 1))], is: { ipAddresses: ["10.0.0.1"] } },
    {
      why: "an IPv6 address",
      extensions: [san(ip(0x20, 1, 0x0d, 0xb8, ...Array.from({ length: 11 }, () => 0), 1))],
      is: { ipAddresses: ["2001:db8::1"] },
    },
    {
      why: "an IPv4-mapped address, as the IPv4 address it is",
      extensions: [san(ip(...mapped))],
      is: { ipAddresses: ["10.0.0.1"] },
    },
    {
      why: "an email address",
      extensions: [san(contextPrimitive(1, Buffer.from("a@b")))],
      is: { emailAddresses: ["a@b"] },
    },
    {
      why: "a URI",
      extensions: [san(contextPrimitive(6, Buffer.from("spiffe://a/b")))],
      is: { uris: ["spiffe://a/b"] },
    },
    {
      why: "an otherName",
      extensions: [san(contextConstructed(0, objectIdentifier("1.2.3"), contextConstructed(0, NULL)))],
      is: { otherNames: [0] },
    },
    { why: "a directoryName", extensions: [san(contextConstructed(4, sequence()))], is: { otherNames: [4] } },
    { why: "a registeredID", extensions: [san(contextPrimitive(8, Buffer.of(42)))], is: { otherNames: [8] } },
    {
      why: "a DNS name that pretends to be constructed, as no DNS name",
      extensions: [san(contextConstructed(2, NULL))],
      is: { otherNames: [2] },
    },
    {
      why: "a universal string among the names, as no DNS name",
      extensions: [san(ia5String("n1"))],
      is: { otherNames: [0x16] },
    },
  ];
  for (const { why, extensions, is } of accepted) {
    it(`may be ${why}`, () => {
      assert.deepEqual(requested(...extensions), { ...NO_EXTENSIONS, ...is });
    });
  }

  const refused: { why: string; extensions: Der[]; message: RegExp }[] = [
    {
      why: "an extension twice",
      extensions: [san(dns("a")), san(dns("b"))],
      message: /the extension 2\.5\.29\.17 is there twice/,
    },
    { why: "an empty SAN", extensions: [san()], message: /the subject alternative name has 0 elements/ },
    {
      why: "a SAN that is no DER",
      extensions: [extension(OID.subjectAltName, Buffer.from("30800000", "hex"))],
      message: /indefinite lengths/,
    },
    {
      why: "a SAN with bytes behind it",
      extensions: [extension(OID.subjectAltName, Buffer.concat([sequence(dns("a")), NULL]))],
      message: /2 bytes follow/,
    },
    {
      why: "a SAN that is a SET",
      extensions: [extension(OID.subjectAltName, encodeDer(TAG.set, dns("a")))],
      message: /the subject alternative name is not there/,
    },
    { why: "an empty DNS name", extensions: [san(dns(""))], message: /a subject alternative name is empty/ },
    { why: "a DNS name with a NUL", extensions: [san(dns("n1.example\0.evil"))], message: /not printable ASCII/ },
    { why: "a DNS name with a space", extensions: [san(dns("n1 .example"))], message: /not printable ASCII/ },
    {
      why: "a DNS name in raw UTF-8",
      extensions: [san(contextPrimitive(2, Buffer.from("é")))],
      message: /not printable ASCII/,
    },
    {
      why: "a URI with a line feed",
      extensions: [san(contextPrimitive(6, Buffer.from("http://a\n")))],
      message: /not printable ASCII/,
    },
    { why: "an IP address of 3 octets", extensions: [san(ip(1, 2, 3))], message: /an IP address of 3 octets/ },
    {
      why: "an IP address of 8 octets, as name constraints have",
      extensions: [san(ip(10, 0, 0, 0, 255, 0, 0, 0))],
      message: /an IP address of 8 octets/,
    },
    { why: "an empty IP address", extensions: [san(ip())], message: /an IP address of 0 octets/ },
  ];
  for (const { why, extensions, message } of refused) {
    it(`may not be ${why}`, () => {
      assert.throws(() => requested(...extensions), { name: "RefusalError", code: "bad_csr", message });
    });
  }
});
