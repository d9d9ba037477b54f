import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryTokenStore } from "../../../adapters/memory/token-store.ts";
import { encodeBootstrapToken, type BootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { policyOperations } from "../../../lambdas/admin-api/policy.ts";
import { NOW } from "../../support/authorities.ts";
import { nodeCsrPem } from "../../support/certificate-requests.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { tokenRecordOf } from "../../support/node-requests.ts";

const ROUTE = "POST /v1/admin/policy/simulation";
const TOKEN: BootstrapToken = { id: "abcdef", secret: "0123456789abcdef" };

async function simulation(body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const tokens = memoryTokenStore();
  await tokens.create(tokenRecordOf(TOKEN, { nodeNames: ["worker-*"], expiration: new Date(NOW.getTime() + 1000) }));
  const operations = policyOperations({ policy: DEFAULT_POLICY, tokens, clock: () => NOW });
  const { statusCode, body: text = "" } = await operations[ROUTE](httpEvent({ routeKey: ROUTE, body }));
  assert.equal(statusCode, 200);
  const answer: unknown = JSON.parse(text);
  assert.ok(typeof answer === "object" && answer !== null);
  return { ...answer };
}

describe(ROUTE, () => {
  it("judges a CSR for a token that is stored, with what limits it", async () => {
    const identity = { tokenId: TOKEN.id };
    assert.deepEqual(await simulation({ identity, csr: nodeCsrPem("worker-1"), expirationSeconds: 3600 }), {
      decision: "Issue",
      policyVersion: "default-2",
      rule: "nodeclient",
      certificate: {
        subject: "O=system:nodes, CN=system:node:worker-1",
        dnsNames: [],
        ipAddresses: [],
        usages: ["digital signature", "client auth"],
        lifetimeSeconds: 3600,
      },
    });
    assert.deepEqual(await simulation({ identity, csr: nodeCsrPem("master-1") }), {
      decision: "Deny",
      policyVersion: "default-2",
      rule: "token abcdef",
      field: "subject.commonName",
      code: "outside_token",
      reason: 'the token is for worker-*, the CSR asks for "master-1"',
    });
  });

  it("knows no other token, and takes none with its secret", async () => {
    const asking = (tokenId: string) => simulation({ identity: { tokenId }, nodeName: "worker-1" });
    await assert.rejects(asking("zzzzzz"), { code: "not_found", field: "identity.tokenId" });
    await assert.rejects(asking(encodeBootstrapToken(TOKEN)), ({ message }: Error) => {
      assert.match(message, /"identity\.tokenId" must be a token's id, got a bootstrap token: six /);
      assert.doesNotMatch(message, new RegExp(TOKEN.secret));
      return true;
    });
  });

  it("refuses a body that says nothing, a CSR that is none, and members nobody knows", async () => {
    await assert.rejects(simulation({ nodeName: "n1" }), { code: "malformed_request", field: "identity" });
    const identity = { groups: ["system:nodes"] };
    await assert.rejects(simulation({ identity, csr: "x" }), { code: "bad_csr", field: "csr" });
    await assert.rejects(simulation({ identity, nodeName: "n1", signer: "x" }), {
      message: /must not have the member "signer"; allowed are .*\bsignerName/,
    });
  });
});
