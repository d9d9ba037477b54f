import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDer } from "../../../core/asn1/der.ts";
import { dottedObjectIdentifier, objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { openssl, OPENSSL_SKIP } from "../../support/openssl.ts";

/** openssl before 3.5 has no names for these. */
const BEFORE_ML_DSA: Readonly<Record<string, string>> = {
  // Of the year before.
  [OID.noRevAvail]: "X509v3 No Revocation Available",
  [OID.mlDsa44]: "ML-DSA-44",
  [OID.mlDsa65]: "ML-DSA-65",
  [OID.mlDsa87]: "ML-DSA-87",
};

describe("object identifiers", () => {
  it("round trip through DER", () => {
    const arc = fc.integer({ min: 0, max: 2 ** 31 });
    const oid = fc
      .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 39 }), fc.array(arc, { maxLength: 8 }))
      .map(([first, second, rest]) => [first, second, ...rest].join("."));
    const underTwo = fc.array(arc, { minLength: 1, maxLength: 8 }).map((arcs) => ["2", ...arcs].join("."));
    fc.assert(
      fc.property(fc.oneof(oid, underTwo), (dotted) => {
        assert.equal(dottedObjectIdentifier(parseDer(objectIdentifier(dotted)).content), dotted);
      }),
    );
  });

  it("are never mistaken for a known one when an arc is beyond 2^53", () => {
    const known = new Set<string>(Object.values(OID));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 40 }), (octets) => {
        const content = Uint8Array.from(octets, (octet, index) =>
          index === octets.length - 1 ? octet & 0x7f : octet | 0x80,
        );
        assert.ok(!known.has(dottedObjectIdentifier(content)));
      }),
    );
  });

  it("mean what openssl thinks they mean", { skip: OPENSSL_SKIP }, () => {
    const names = {
      [OID.commonName]: "commonName",
      [OID.organization]: "organizationName",
      [OID.organizationalUnit]: "organizationalUnitName",
      [OID.ecPublicKey]: "id-ecPublicKey",
      [OID.rsaEncryption]: "rsaEncryption",
      [OID.ecdsaWithSha256]: "ecdsa-with-SHA256",
      [OID.ecdsaWithSha384]: "ecdsa-with-SHA384",
      [OID.ecdsaWithSha512]: "ecdsa-with-SHA512",
      [OID.sha256WithRsaEncryption]: "sha256WithRSAEncryption",
      [OID.sha384WithRsaEncryption]: "sha384WithRSAEncryption",
      [OID.sha512WithRsaEncryption]: "sha512WithRSAEncryption",
      [OID.ed25519]: "ED25519",
      [OID.mlDsa44]: "ML-DSA-44",
      [OID.mlDsa65]: "ML-DSA-65",
      [OID.mlDsa87]: "ML-DSA-87",
      [OID.extensionRequest]: "Extension Request",
      [OID.subjectKeyIdentifier]: "X509v3 Subject Key Identifier",
      [OID.keyUsage]: "X509v3 Key Usage",
      [OID.subjectAltName]: "X509v3 Subject Alternative Name",
      [OID.basicConstraints]: "X509v3 Basic Constraints",
      [OID.crlNumber]: "X509v3 CRL Number",
      [OID.reasonCode]: "X509v3 CRL Reason Code",
      [OID.issuingDistributionPoint]: "X509v3 Issuing Distribution Point",
      [OID.nameConstraints]: "X509v3 Name Constraints",
      [OID.crlDistributionPoints]: "X509v3 CRL Distribution Points",
      [OID.authorityKeyIdentifier]: "X509v3 Authority Key Identifier",
      [OID.extendedKeyUsage]: "X509v3 Extended Key Usage",
      [OID.noRevAvail]: "X509v3 No Revocation Available",
      [OID.authorityInfoAccess]: "Authority Information Access",
      [OID.ocsp]: "OCSP",
      [OID.serverAuth]: "TLS Web Server Authentication",
      [OID.clientAuth]: "TLS Web Client Authentication",
      [OID.ocspSigning]: "OCSP Signing",
      [OID.ocspBasicResponse]: "Basic OCSP Response",
      [OID.ocspNonce]: "OCSP Nonce",
      [OID.ocspNoCheck]: "OCSP No Check",
      [OID.sha1]: "sha1",
      [OID.sha256]: "sha256",
      [OID.sha384]: "sha384",
      [OID.sha512]: "sha512",
    };
    const all = Buffer.concat(Object.keys(names).map((dotted) => Buffer.from(objectIdentifier(dotted))));
    const printed = openssl(["asn1parse", "-inform", "DER"], all).toString();
    assert.deepEqual(
      Array.from(printed.matchAll(/OBJECT\s+:(.+)/g), ([, name = ""]) => BEFORE_ML_DSA[name] ?? name),
      Object.values(names),
    );
    assert.deepEqual(Object.keys(names).sort(), Object.values(OID).sort());
  });
});
