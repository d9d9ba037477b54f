import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBootstrapToken, type BootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { enrol } from "../../../core/issuance/enrol.ts";
import { DEFAULT_TOKEN_GROUP } from "../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../../core/policy/policy.ts";
import { releaseNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { parsedCsr, subjectOf } from "../../support/certificate-requests.ts";
import { keyPairOf, PARAMETERS } from "../../support/node-requests.ts";

const CLIENT = "nodeseal.dev/client";
const PERSON = "kubernetes.io/kube-apiserver-client";
const NAME = "db-1";

const rules = [CLIENT, PERSON].map((signerName) => ({
  ...RULE_DEFAULTS,
  name: signerName,
  group: DEFAULT_TOKEN_GROUP,
  signerName,
}));

const harnessWithBoth = (): Promise<IssuanceHarness> =>
  issuanceHarness({ policy: { ...DEFAULT_POLICY, rules: [...DEFAULT_POLICY.rules, ...rules] } });

const ask = (harness: IssuanceHarness, token: BootstrapToken, key: string, signerName: string) =>
  enrol(harness.services, {
    token: encodeBootstrapToken(token),
    csr: () => parsedCsr({ keyPair: keyPairOf(key), subject: subjectOf([], NAME) }),
    parameters: { ...PARAMETERS, signerName },
    arrivedAt: harness.clock.now(),
  });

describe("a client's name", () => {
  it("is not given to another key by way of another signer, and costs that token nothing", async () => {
    const harness = await harnessWithBoth();
    const token = await harness.newToken({ maxUses: 3 });
    await ask(harness, token, "r1", CLIENT);
    harness.calls.length = 0;
    await assert.rejects(ask(harness, token, "r2", PERSON), {
      code: "node_name_taken",
      message: /nodeseal node release db-1 --signer nodeseal\.dev\/client/,
    });
    assert.equal((await harness.stores.tokens.read(token.id))?.usedBy.size, 1);
    assert.ok(!harness.calls.includes("signer.sign"));
  });

  it("is given again to the key that holds it, after a release, or by an operator's override", async () => {
    const harness = await harnessWithBoth();
    const token = await harness.newToken();
    await ask(harness, token, "r1", CLIENT);
    assert.ok((await ask(harness, token, "r1", PERSON)).isNew);

    const other = await harnessWithBoth();
    await ask(other, await other.newToken(), "r1", CLIENT);
    assert.ok((await ask(other, await other.newToken({ allowReplace: true }), "r2", PERSON)).isNew);

    const third = await harnessWithBoth();
    await ask(third, await third.newToken(), "r1", CLIENT);
    await releaseNode(third.services, NAME, "ada", CLIENT);
    assert.ok((await ask(third, await third.newToken(), "r2", PERSON)).isNew);
  });

  it("is free again when what held it has expired, or was never made", async () => {
    const harness = await harnessWithBoth();
    const token = await harness.newToken();
    harness.failures.add("signer.sign");
    await assert.rejects(ask(harness, token, "r1", CLIENT), /the function died/);
    await assert.rejects(ask(harness, token, "r2", PERSON), { code: "node_name_taken" });
    harness.clock.advance(61);
    const { record } = await ask(harness, token, "r2", PERSON);
    assert.ok(record.reservation);
    await assert.rejects(ask(harness, token, "r1", CLIENT), { code: "node_name_taken" });
    harness.clock.advance(1 + (record.reservation.notAfter.getTime() - harness.clock.now().getTime()) / 1000);
    assert.ok((await ask(harness, token, "r3", CLIENT)).isNew);
  });
});
