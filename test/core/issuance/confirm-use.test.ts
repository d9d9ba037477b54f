import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import { confirmUse } from "../../../core/issuance/confirm-use.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { enrol } from "../../../core/issuance/enrol.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../../core/policy/policy.ts";
import { encodeBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { parsedCsr, subjectOf } from "../../support/certificate-requests.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, PARAMETERS } from "../../support/node-requests.ts";

async function use({ services, directory, clock }: IssuanceHarness, certificate: Der): Promise<void> {
  const code = "invalid_client_certificate";
  await confirmUse(services, authenticateCertificate(certificate, directory, clock.now(), code));
}

async function enrolled(harness: IssuanceHarness) {
  const token = await harness.newToken();
  const answer = await harness.enrol({ token, key: "k1" });
  harness.calls.length = 0;
  return { token, name: answer.record.name, certificate: certificateIn(answer) };
}

describe("the use of a certificate", () => {
  it("makes it final: its own token may not claim the name again, and its node is accused of nothing", async () => {
    const harness = await issuanceHarness();
    const { token, name, certificate } = await enrolled(harness);
    await use(harness, certificate);
    assert.deepEqual(harness.calls, ["nodes.confirm"]);
    harness.clock.advance(1);
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "node_name_taken" });
    const node = await harness.stores.nodes.read("n1.example");
    assert.equal(node?.anchor?.intentName, name);
    assert.equal(node.supersededUse, undefined);
    assert.ok((await harness.renew({ certificate, key: "k3" })).issued);
    const confirmed = harness.audit.filter(({ event }) => event === "certificate_confirmed");
    assert.deepEqual(
      confirmed.map((event) => event.name),
      [name],
    );
  });

  it("asks nothing once the certificate is ten minutes old", async () => {
    const harness = await issuanceHarness();
    const { certificate } = await enrolled(harness);
    harness.clock.advance(599);
    await use(harness, certificate);
    assert.deepEqual(harness.calls, ["nodes.confirm"]);
    harness.clock.advance(1);
    await use(harness, certificate);
    assert.equal(harness.calls.length, 1);
  });

  it("changes nothing when it was confirmed before, displaced or revoked", async () => {
    const harness = await issuanceHarness();
    const { token, certificate } = await enrolled(harness);
    harness.clock.advance(1);
    await harness.enrol({ token, key: "k2" });
    const before = await harness.stores.nodes.read("n1.example");
    await use(harness, certificate);
    assert.deepEqual(await harness.stores.nodes.read("n1.example"), before);
    assert.deepEqual(
      harness.audit.filter(({ event }) => event === "certificate_superseded_used"),
      [],
    );
  });

  it("makes one of another profile final as well", async () => {
    const signerName = "nodeseal.dev/client";
    const rule = { ...RULE_DEFAULTS, name: "clients", group: "system:bootstrappers", signerName };
    const policy = { ...DEFAULT_POLICY, rules: [{ ...rule, approval: "auto" as const }] };
    const harness = await issuanceHarness({ policy });
    const token = encodeBootstrapToken(await harness.newToken());
    const ask = () =>
      enrol(harness.services, {
        token,
        csr: () => parsedCsr({ keyPair: newKeyPair("P-256"), subject: subjectOf([], "db-1") }),
        parameters: { ...PARAMETERS, signerName },
        arrivedAt: harness.clock.now(),
      });
    await use(harness, certificateIn(await ask()));
    harness.clock.advance(1);
    await assert.rejects(ask(), { code: "node_name_taken" });
  });
});
