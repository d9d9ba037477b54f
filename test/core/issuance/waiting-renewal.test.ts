import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import { createRequest } from "../../../core/signing-request/create.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { releaseNode, revokeNode } from "../../../core/revocation/revoke.ts";
import { NODE_NAME } from "../../support/certificate-requests.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, csrOf, PARAMETERS } from "../../support/node-requests.ts";

/** Renewals wait for an administrator. */
const POLICY = {
  ...DEFAULT_POLICY,
  rules: DEFAULT_POLICY.rules.map((rule) =>
    rule.name === "selfnodeclient" ? { ...rule, approval: "manual" as const } : rule,
  ),
};

describe("a renewal that is to wait for approval", () => {
  const ledger = memoryIssuanceLedger();
  let harness: IssuanceHarness;
  let certificate: Der;
  beforeEach(async () => {
    harness = await issuanceHarness({ policy: POLICY, alter: (outside) => ({ ...outside, ledger }) });
    const answer = await harness.enrol({ token: await harness.newToken(), key: "w1" });
    certificate = certificateIn(answer);
    await harness.confirm(answer.record.name, certificate);
  });

  const waiting = async (): Promise<number> =>
    (await ledger.listRequests("Pending", { limit: 100, cursor: undefined })).items.length;
  const create = (key: string) => {
    const { services, directory, clock } = harness;
    const { identity } = authenticateCertificate(certificate, directory, clock.now(), "invalid_client_certificate");
    return createRequest(
      { ...services, objects: ledger },
      {
        identity,
        csr: csrOf(key),
        parameters: PARAMETERS,
        arrivedAt: clock.now(),
        token: undefined,
        directory,
        name: { exact: `object-${key}-${crypto.randomUUID()}` },
        metadata: undefined,
        isDryRun: false,
      },
    );
  };

  it("waits, natively and as an object, and goes on waiting however often it is asked for", async () => {
    const before = await waiting();
    for (let round = 0; round < 2; round++) {
      const { issued } = await harness.renew({ certificate, key: "w2" });
      assert.equal(issued, undefined);
    }
    assert.equal((await create("w3")).outcome, "created");
    assert.equal((await waiting()) - before, 2);
  });

  const thrownOut = [
    {
      who: "a revoked node",
      code: "certificate_revoked",
      act: () => revokeNode(harness.services, NODE_NAME, "keyCompromise", "ada"),
    },
    {
      who: "a certificate that has been replaced",
      code: "certificate_superseded",
      act: async () => {
        await releaseNode(harness.services, NODE_NAME, "ada");
        await harness.enrol({ token: await harness.newToken(), key: "w4" });
      },
    },
  ];
  for (const { who, code, act } of thrownOut) {
    it(`is refused to ${who}: nobody's desk is to fill with what could not be signed`, async () => {
      await act();
      const before = await waiting();
      for (const key of ["w5", "w6"]) {
        await assert.rejects(harness.renew({ certificate, key }), { code });
        await assert.rejects(create(key), { code });
      }
      assert.equal(await waiting(), before);
    });
  }
});
