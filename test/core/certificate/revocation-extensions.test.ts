import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePem } from "../../../core/asn1/pem.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { OID } from "../../../core/asn1/object-identifier.ts";
import { DEFAULT_POLICY, type Policy } from "../../../core/policy/policy.ts";
import { issuanceHarness, type HarnessOptions } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../../support/openssl.ts";
import {
  AuthorityInfoAccessExtension,
  CRLDistributionPointsExtension,
  X509Certificate as PeculiarCertificate,
} from "../../support/x509.ts";

const OCSP_URL = "http://ocsp.example/v1/ocsp";
const LIST_URL = "http://crl.example/v1/crl/issuing-g1";
const ALL_NAMED: HarnessOptions = { ocspUrl: OCSP_URL, revocationListUrl: () => LIST_URL };

const UNREVOCABLE: Policy = {
  ...DEFAULT_POLICY,
  rules: DEFAULT_POLICY.rules.map((rule) => ({
    ...rule,
    noRevAvail: true,
    defaultLifetimeSeconds: 3600,
    maxLifetimeSeconds: 86_400,
  })),
};

async function issued(options: HarnessOptions) {
  const harness = await issuanceHarness(options);
  const first = certificateIn(await harness.enrol({ token: await harness.newToken(), key: "k1" }));
  const renewed = certificateIn(await harness.renew({ certificate: first, key: "k2" }));
  return { harness, certificates: [first, renewed] };
}

function extensionsOf(der: Der) {
  const certificate = new PeculiarCertificate(der);
  return {
    ocsp: certificate.getExtension(AuthorityInfoAccessExtension)?.ocsp.map(({ value }) => value),
    lists: certificate.getExtension(CRLDistributionPointsExtension)?.distributionPoints.length,
    noRevAvail: certificate.extensions.find(({ type }) => type === OID.noRevAvail),
  };
}

describe("what a certificate says of its revocation", () => {
  it("is nothing, where nothing is configured", async () => {
    for (const certificate of (await issued({})).certificates) {
      const { ocsp, lists, noRevAvail } = extensionsOf(certificate);
      assert.deepEqual([ocsp, lists, noRevAvail], [undefined, undefined, undefined]);
    }
  });

  it("is where to ask and which list, the first time and renewed, to @peculiar/x509", async () => {
    for (const certificate of (await issued(ALL_NAMED)).certificates) {
      const { ocsp, lists, noRevAvail } = extensionsOf(certificate);
      assert.deepEqual([ocsp, lists, noRevAvail], [[OCSP_URL], 1, undefined]);
    }
  });

  it("is that nobody is told, and then no address, by policy (RFC 9608)", async () => {
    for (const certificate of (await issued({ ...ALL_NAMED, policy: UNREVOCABLE })).certificates) {
      const { ocsp, lists, noRevAvail } = extensionsOf(certificate);
      assert.deepEqual([ocsp, lists, noRevAvail?.critical], [undefined, undefined, false]);
      assert.equal(Buffer.from(noRevAvail?.value ?? new ArrayBuffer(0)).toString("hex"), "0500");
    }
  });

  it("is never on a CA's certificate", async () => {
    const { harness } = await issued({ ...ALL_NAMED, policy: UNREVOCABLE });
    for (const { certificate } of harness.directory.bundle.authorities)
      assert.equal(extensionsOf(certificate).noRevAvail, undefined);
  });

  it("is read by openssl, which verifies either", { skip: OPENSSL_SKIP }, async () => {
    const files = workspace();
    try {
      const named = await issued(ALL_NAMED);
      const { authorities } = named.harness.directory.bundle;
      const pem = (role: string) =>
        authorities
          .filter((one) => one.role === role)
          .map(({ certificate }) => encodePem("CERTIFICATE", certificate))
          .join("");
      const [root, issuing] = [files.write("root.pem", pem("root")), files.write("issuing.pem", pem("issuing"))];
      const unrevocable = await issued({ ...ALL_NAMED, policy: UNREVOCABLE });
      const [namedFile, otherFile] = [named, unrevocable].map(({ certificates: [first] }, index) => {
        assert.ok(first);
        return files.write(`leaf-${index}.pem`, encodePem("CERTIFICATE", first));
      });
      assert.ok(namedFile !== undefined && otherFile !== undefined);
      assert.equal(openssl(["x509", "-in", namedFile, "-noout", "-ocsp_uri"]).toString().trim(), OCSP_URL);
      const text = openssl(["x509", "-in", otherFile, "-noout", "-text"]).toString();
      // Its name in OpenSSL 3.4 and later.
      assert.match(text, /(2\.5\.29\.56|No Revocation Available): *\n/);
      assert.doesNotMatch(text, /OCSP|CRL Distribution/);
      const at = String(Math.floor(named.harness.clock.now().getTime() / 1000));
      const verify = ["verify", "-x509_strict", "-attime", at, "-CAfile", root, "-untrusted", issuing];
      assert.match(openssl([...verify, namedFile, otherFile]).toString(), /leaf-0\.pem: OK\n.*leaf-1\.pem: OK\n/s);
    } finally {
      files.remove();
    }
  });
});
