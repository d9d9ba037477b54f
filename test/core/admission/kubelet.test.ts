import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { openAdmission } from "../../../core/admission/change-admission.ts";
import { standingOf } from "../../../core/admission/standing.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import { assertCurrentNode } from "../../../core/claim/current-node.ts";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import { fetchWithCertificate } from "../../../core/issuance/fetch-certificate.ts";
import { unclaimedNode } from "../../../core/ledger/node-record.ts";
import { createRequest } from "../../../core/signing-request/create.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, csrOf, PARAMETERS } from "../../support/node-requests.ts";
import { backUp } from "../../support/table-backup.ts";

const NODE = "n1.example";
const UNKNOWN = { code: "certificate_unknown" };
const HOUR = 3600;

/** An unmodified kubelet renews through Kubernetes' API, with the certificate it holds. */
describe("a kubelet whose certificate a restored table does not know", () => {
  let harness: IssuanceHarness;
  let known: Der;
  let certificate: Der;
  let backedUpAt: Date;

  beforeEach(async () => {
    harness = await issuanceHarness();
    harness.clock.advance(24 * HOUR);
    const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    known = certificateIn(enrolled);
    await harness.confirm(enrolled.record.name, known);
    backedUpAt = harness.clock.now();
    const restore = backUp(harness);
    harness.clock.advance(HOUR);
    const renewed = await harness.renew({ certificate: known, key: "k2" });
    certificate = certificateIn(renewed);
    await harness.confirm(renewed.record.name, certificate);
    harness.clock.advance(HOUR);
    restore("nodes", "issuances");
  });

  const identityOf = (der: Der) =>
    authenticateCertificate(der, harness.directory, harness.clock.now(), "invalid_client_certificate").identity;
  const create = (isDryRun = false) =>
    createRequest(
      { ...harness.services, objects: harness.stores.ledger },
      {
        identity: identityOf(certificate),
        csr: csrOf("k3"),
        parameters: PARAMETERS,
        arrivedAt: harness.clock.now(),
        token: undefined,
        directory: harness.directory,
        name: { exact: "csr-of-the-kubelet" },
        metadata: undefined,
        isDryRun,
      },
    );
  const open = () =>
    openAdmission(
      { ...harness.services, admissions: harness.stores.admissions },
      { issuedAfter: backedUpAt, until: new Date(harness.clock.now().getTime() + 60_000), except: [] },
      "operator",
    );
  const has = (event: string): boolean => harness.audit.some((line) => line.event === event);

  it("is refused without an accusation, and leaves no object behind", async () => {
    await assert.rejects(create(), UNKNOWN);
    assert.equal(await harness.stores.ledger.read("csr-of-the-kubelet"), undefined);
    assert.ok(!has("certificate_superseded_used"));
    assert.ok(has("certificate_unknown_used"));
  });

  it("comes back by its next request; a dry run of it admits nothing", async () => {
    await open();
    const before = { nodes: new Map(harness.tables.nodes), issuances: new Map(harness.tables.issuances) };
    await create(true);
    assert.deepEqual(harness.tables, before);
    const outcome = await create();
    assert.ok(outcome.outcome === "created" && outcome.record.completion !== undefined);
    assert.ok(has("certificate_admitted"));
  });

  it("gets no serving certificate before that, and is not accused for asking", async () => {
    await assert.rejects(assertCurrentNode(harness.services, identityOf(certificate)), UNKNOWN);
    assert.ok(!has("certificate_superseded_used"));
    await assertCurrentNode(harness.services, identityOf(known));
  });

  it("reads nothing by it before that, and is told that it is not on record; what is replaced is told so", async () => {
    const { services, directory, clock } = harness;
    const fetchBy = (der: Der) => {
      const request = { name: "csr-of-the-kubelet", sourceIp: "192.0.2.7", arrivedAt: clock.now() };
      return fetchWithCertificate(services, identityOf(der), directory, request);
    };
    await assert.rejects(fetchBy(certificate), UNKNOWN);
    assert.ok(has("certificate_unknown_used"));
    harness.tables.nodes.clear();
    await assert.rejects(fetchBy(certificate), UNKNOWN);
    assert.ok(!has("certificate_superseded_used"));
    const again = await harness.enrol({ token: await harness.newToken(), key: "k9" });
    await harness.confirm(again.record.name, certificateIn(again));
    await assert.rejects(fetchBy(known), { code: "certificate_superseded" });
  });

  it("is told from one that is on record for another signer, which is not accused either", async () => {
    const { certificate: presented } = identityOf(known);
    const node = unclaimedNode(NODE, KUBELET_SERVING_SIGNER);
    assert.deepEqual(await standingOf(harness.stores.ledger, node, presented, harness.clock.now()), {
      standing: "other signer",
      signerName: KUBELET_CLIENT_SIGNER,
    });
  });
});
