import assert from "node:assert/strict";
import { it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { createRequest } from "../../../core/signing-request/create.ts";
import { AUTHENTICATED_GROUP, type Identity } from "../../../core/token/identity.ts";
import { KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { NODE_NAME } from "../../support/certificate-requests.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { csrOf, PARAMETERS } from "../../support/node-requests.ts";

/** Profiles that leave the common name free let anybody be called as a node is, without `system:node:`. */
it("takes nobody for a node whose certificate only bears the node's name", async () => {
  const harness = await issuanceHarness();
  await harness.enrol({ token: await harness.newToken(), key: "s1" });
  const namesake: Identity = {
    username: NODE_NAME,
    groups: ["edge", AUTHENTICATED_GROUP],
    certificate: { serialNumber: randomSerialNumber(), nodeName: NODE_NAME },
  };
  const asked = createRequest(
    { ...harness.services, objects: memoryIssuanceLedger() },
    {
      identity: namesake,
      csr: csrOf("s2"),
      parameters: { ...PARAMETERS, signerName: KUBELET_SERVING_SIGNER },
      arrivedAt: harness.clock.now(),
      token: undefined,
      directory: harness.directory,
      name: { exact: "namesake" },
      metadata: undefined,
      isDryRun: false,
    },
  );
  await assert.rejects(asked, { code: "denied_by_policy" });
  assert.equal((await harness.stores.nodes.read(NODE_NAME))?.supersededUse, undefined, "the node is under suspicion");
  assert.deepEqual(
    harness.audit.filter(({ event }) => event === "certificate_superseded_used"),
    [],
  );
});
