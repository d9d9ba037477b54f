import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryTokenStore } from "../../../adapters/memory/token-store.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { parseNewPolicy } from "../../../core/policy/policy-document.ts";
import { policyOperations } from "../../../lambdas/admin-api/policy.ts";
import { whoamiOperations } from "../../../lambdas/admin-api/whoami.ts";
import { NOW } from "../../support/authorities.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";

describe("what an administrator asks of the service", () => {
  it("is whom it takes them for, and its clock", async () => {
    const routeKey = "GET /v1/admin/whoami";
    const { body } = await whoamiOperations({ clock: () => NOW })[routeKey](httpEvent({ routeKey }));
    assert.deepEqual(JSON.parse(body ?? ""), {
      principal: "arn:aws:iam::111122223333:user/operator",
      at: NOW.toISOString().replace(".000Z", "Z"),
    });
  });

  it("is the policy in force, which can be deployed as it is", async () => {
    const services = { policy: DEFAULT_POLICY, tokens: memoryTokenStore(), clock: () => NOW };
    const { body } = await policyOperations(services)["GET /v1/admin/policy"]();
    assert.deepEqual(parseNewPolicy(JSON.parse(body ?? "")), DEFAULT_POLICY);
  });
});
