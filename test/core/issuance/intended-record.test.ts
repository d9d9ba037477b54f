import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_AUTHORITY_PLAN } from "../../../core/authority/plan.ts";
import { DEFAULT_TOKEN_GROUP, encodeBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { createFirstAuthorities } from "../../../core/authority/reconciliation/create-authority.ts";
import { enrol } from "../../../core/issuance/enrol.ts";
import { issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import type { AuthorityKeySpec } from "../../../core/keys/key-type.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../../core/policy/policy.ts";
import { authorityServices, NOW } from "../../support/authorities.ts";
import { buildCsr, extensionRequest, subjectOf } from "../../support/certificate-requests.ts";
import { issuanceHarness, writesOf } from "../../support/issuance-harness.ts";
import { PARAMETERS } from "../../support/node-requests.ts";
import { dnsName, subjectAltName } from "../../support/profile-samples.ts";

const signerName = "nodeseal.dev/server";
const rule = { ...RULE_DEFAULTS, name: "any", group: DEFAULT_TOKEN_GROUP, signerName, dnsNames: ["*.example"] };

/** Asks CAs of this key spec for a certificate of so many names of 43 octets each. */
async function ask(keySpec: AuthorityKeySpec, count: number) {
  const harness = await issuanceHarness({ policy: { ...DEFAULT_POLICY, rules: [rule] } });
  const authority = authorityServices(NOW);
  const bundle = await createFirstAuthorities(authority, { ...DEFAULT_AUTHORITY_PLAN, keySpec });
  const directory = issuerDirectory(bundle);
  const names = Array.from({ length: count }, (_, index) => dnsName(`${String(index).padStart(35, "n")}.example`));
  const csr = buildCsr({ subject: subjectOf([], "web"), attributes: [extensionRequest(subjectAltName(...names))] });
  const token = encodeBootstrapToken(await harness.newToken());
  const answer = enrol(
    { ...harness.services, signer: authority.signer, issuers: () => Promise.resolve(directory) },
    { token, csr: () => parseCertificateRequest(csr), parameters: { ...PARAMETERS, signerName }, arrivedAt: NOW },
  );
  return { answer, calls: harness.calls };
}

describe("what is about to be signed", () => {
  for (const keySpec of ["Ed25519", "ML-DSA-65"] as const) {
    it(`is no longer than KMS takes as a message with an ${keySpec} key: else nothing is written`, async () => {
      const { answer } = await ask(keySpec, 80);
      const { record } = await answer;
      assert.ok((record.reservation?.tbsCertificate.length ?? 9999) <= 4096);
      const { answer: refused, calls } = await ask(keySpec, 90);
      await assert.rejects(refused, {
        name: "RefusalError",
        code: "too_large",
        field: "csr",
        message: new RegExp(`would have 4\\d{3} bytes to sign, and the CA's ${keySpec} key signs 4096 at most`),
      });
      assert.deepEqual(writesOf(calls), []);
    });
  }

  it("may be longer where KMS is given a digest", async () => {
    const { answer } = await ask("P-256", 90);
    const { record } = await answer;
    assert.ok((record.reservation?.tbsCertificate.length ?? 0) > 4096);
  });
});
