import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificateUsages, USAGE_NAMES } from "../../../core/certificate/key-usage.ts";

/** certificates.k8s.io/v1, KeyUsage: 23 strings. */
const KUBERNETES_USAGES = [
  ...["signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment"],
  ...["cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth", "client auth", "code signing"],
  ...["email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing"],
  ...["microsoft sgc", "netscape sgc"],
];

describe("usages", () => {
  it("are Kubernetes' own", () => {
    assert.deepEqual([...USAGE_NAMES].sort(), KUBERNETES_USAGES.sort());
  });

  const rows = [
    {
      why: "a kubelet's",
      usages: ["digital signature", "client auth"],
      keyUsages: ["digitalSignature"],
      purposes: ["1.3.6.1.5.5.7.3.2"],
    },
    {
      why: "bits in RFC 5280's order, whatever the order asked for",
      usages: ["crl sign", "key encipherment", "signing"],
      keyUsages: ["digitalSignature", "keyEncipherment", "cRLSign"],
      purposes: [],
    },
    {
      why: "two names of one bit",
      usages: ["signing", "digital signature"],
      keyUsages: ["digitalSignature"],
      purposes: [],
    },
    {
      why: "two names of one purpose",
      usages: ["s/mime", "email protection"],
      keyUsages: [],
      purposes: ["1.3.6.1.5.5.7.3.4"],
    },
    {
      why: "names that every object has",
      usages: ["constructor", "toString", "__proto__"],
      keyUsages: [],
      purposes: [],
    },
    { why: "nothing", usages: [], keyUsages: [], purposes: [] },
  ];
  for (const { why, usages, keyUsages, purposes } of rows) {
    it(`become key usages and purposes: ${why}`, () => {
      assert.deepEqual(certificateUsages(usages, true), { keyUsages, extendedKeyUsages: purposes });
    });
  }

  it("never let an EC key encipher keys or data (RFC 8813)", () => {
    const all = certificateUsages(USAGE_NAMES, false).keyUsages;
    assert.deepEqual(
      certificateUsages(USAGE_NAMES, true).keyUsages.filter((usage) => !all.includes(usage)),
      ["keyEncipherment", "dataEncipherment"],
    );
  });
});
