import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { memoryRecoveryAdmissionStore } from "../../../adapters/memory/recovery-admission-store.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { openAdmission } from "../../../core/admission/change-admission.ts";
import { recoveryAdmissionOperations } from "../../../lambdas/admin-api/recovery-admission.ts";
import { NOW } from "../../support/authorities.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";

const OPERATOR = "arn:aws:iam::111122223333:user/operator";
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString().replace(".000Z", "Z");
const HOUR = 3600;

describe("the admin API's recovery admission", () => {
  let call: (method: string, body?: unknown) => Promise<APIGatewayProxyStructuredResultV2>;
  let audit: AuditEvent[];
  let advance: (seconds: number) => void;
  let admissions: ReturnType<typeof memoryRecoveryAdmissionStore>;

  beforeEach(async () => {
    const harness = await issuanceHarness();
    ({ audit } = harness);
    ({ admissions } = harness.stores);
    advance = (seconds) => harness.clock.advance(seconds);
    const operations = recoveryAdmissionOperations({
      admissions,
      authorities: { read: () => Promise.resolve(harness.directory.bundle) },
      audit: harness.services.audit,
      clock: harness.clock.now,
    });
    call = async (method, body) => {
      const routeKey = `${method} /v1/admin/recovery-admission` as keyof typeof operations;
      return operations[routeKey](httpEvent({ routeKey, body }));
    };
  });

  const answer = async (method: string, body?: unknown): Promise<unknown> => {
    const { statusCode, body: text } = await call(method, body);
    assert.equal(statusCode, 200);
    return JSON.parse(text ?? "");
  };

  it("is none, then open, then ended by itself, and can be opened anew", async () => {
    const none = { state: "None", issuedAfter: null, openedAt: null, until: null, except: [], by: null };
    assert.deepEqual(await answer("GET"), none);
    const opened = {
      state: "Open",
      issuedAfter: at(-24 * HOUR),
      openedAt: at(0),
      until: at(192 * HOUR),
      except: ["a.example"],
      by: OPERATOR,
    };
    assert.deepEqual(await answer("POST", { issuedAfter: at(-24 * HOUR), except: ["a.example"] }), opened);
    assert.deepEqual(await answer("GET"), opened);
    advance(192 * HOUR + 1);
    assert.deepEqual(await answer("GET"), { ...opened, state: "Ended" });
    await answer("POST", { issuedAfter: at(-24 * HOUR), until: at(200 * HOUR) });
    assert.deepEqual(
      audit.map(({ event, username, issuedAfter, notAfter }) => [
        event,
        username,
        issuedAfter?.slice(0, 19),
        notAfter?.slice(0, 19),
      ]),
      [192, 200].map((end) => [
        "recovery_admission_opened",
        OPERATOR,
        at(-24 * HOUR).slice(0, 19),
        at(end * HOUR).slice(0, 19),
      ]),
    );
  });

  it("is ended by an administrator, once", async () => {
    await assert.rejects(call("DELETE"), { code: "not_found" });
    await answer("POST", { issuedAfter: at(-HOUR) });
    assert.equal((await call("DELETE")).statusCode, 204);
    assert.match((await call("GET")).body ?? "", /"Ended"/);
    await assert.rejects(call("DELETE"), { code: "not_found" });
  });

  const refused: Record<string, { readonly body: object; readonly field: string }> = {
    "a time to come": { body: { issuedAfter: at(1) }, field: "issuedAfter" },
    "the present": { body: { issuedAfter: at(0) }, field: "issuedAfter" },
    "no time": { body: {}, field: "issuedAfter" },
    "a date without a time": { body: { issuedAfter: "2026-01-30" }, field: "issuedAfter" },
    "a text that is no time": { body: { issuedAfter: "2026-13-30T00:00:00Z" }, field: "issuedAfter" },
    "a number": { body: { issuedAfter: 1 }, field: "issuedAfter" },
    "an end in the past": { body: { issuedAfter: at(-HOUR), until: at(-1) }, field: "until" },
    "an end after 30 days": { body: { issuedAfter: at(-HOUR), until: at(30 * 24 * HOUR + 1) }, field: "until" },
    "more than 30 days": { body: { issuedAfter: at(-HOUR), ttlSeconds: 30 * 24 * HOUR + 1 }, field: "until" },
    "a list that is none": { body: { issuedAfter: at(-HOUR), except: "a.example" }, field: "except" },
    "too many exceptions": { body: { issuedAfter: at(-HOUR), except: Array(1001).fill("a") }, field: "except" },
    "less than a minute": { body: { issuedAfter: at(-HOUR), ttlSeconds: 59 }, field: "ttlSeconds" },
  };
  for (const [what, { body, field }] of Object.entries(refused)) {
    it(`refuses ${what}, and opens nothing`, async () => {
      await assert.rejects(call("POST", body), { code: "malformed_request", field });
      assert.equal(await admissions.read(), undefined);
    });
  }

  it("refuses an end and a duration together", async () => {
    const body = { issuedAfter: at(-HOUR), until: at(HOUR), ttlSeconds: 60 };
    await assert.rejects(call("POST", body), { code: "malformed_request", message: /both until and ttlSeconds/ });
  });

  it("keeps the last that was opened, whoever writes last", async () => {
    await answer("POST", { issuedAfter: at(-HOUR) });
    const slow = { admissions, audit: () => undefined, clock: () => new Date(NOW.getTime() - 1000) };
    const times = {
      issuedAfter: new Date(NOW.getTime() - 7200_000),
      until: new Date(NOW.getTime() + 60_000),
      except: [],
    };
    await assert.rejects(openAdmission(slow, times, "slow"), { code: "request_in_progress" });
    assert.equal((await admissions.read())?.by, OPERATOR);
  });
});
