import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PendingRenewalError } from "../../../agent/issuance/renewal.ts";
import { pauseSecondsAfter } from "../../../agent/issuance/renewal-back-off.ts";
import { ConnectionError, ServiceError } from "../../../agent/service/service-error.ts";

describe("the pauses of run", () => {
  const refusal = new ServiceError({
    status: 403,
    code: "certificate_revoked",
    detail: "",
    retryAfterSeconds: undefined,
  });
  const busy = (retryAfterSeconds?: number): ServiceError =>
    new ServiceError({ status: 503, code: "signer_busy", detail: "", retryAfterSeconds });
  const rows: { why: string; error: Error; failures: number; remaining: number; least: number; most: number }[] = [
    { why: "a first failure", error: busy(), failures: 1, remaining: 9000, least: 1, most: 2 },
    { why: "a long outage", error: busy(), failures: 50, remaining: 9000, least: 150, most: 300 },
    { why: "a long outage with little time left", error: busy(), failures: 50, remaining: 100, least: 15, most: 30 },
    { why: "a long outage after expiry", error: busy(), failures: 50, remaining: -1, least: 150, most: 300 },
    {
      why: "a change request of the service",
      error: busy(1000),
      failures: 1,
      remaining: 9000,
      least: 1000,
      most: 1200,
    },
    {
      why: "a change request beyond the certificate",
      error: busy(9_999_999),
      failures: 1,
      remaining: 9000,
      least: 4500,
      most: 5400,
    },
    { why: "a first refusal", error: refusal, failures: 1, remaining: 9000, least: 32, most: 64 },
    { why: "a hundredth refusal", error: refusal, failures: 100, remaining: 9000, least: 1800, most: 3600 },
    { why: "a full disk", error: new Error("ENOSPC"), failures: 100, remaining: 9000, least: 150, most: 300 },
    {
      why: "a bad certificate",
      error: new ConnectionError("x", { isRetryable: false }),
      failures: 100,
      remaining: 9000,
      least: 150,
      most: 300,
    },
    {
      why: "approval that is outstanding",
      error: new PendingRenewalError("csr-x", 60),
      failures: 1,
      remaining: 9000,
      least: 60,
      most: 72,
    },
  ];
  for (const { why, error, failures, remaining, least, most } of rows) {
    it(`lie between ${least} and ${most} s after ${why}`, () => {
      for (let count = 0; count < 50; count++) {
        const seconds = pauseSecondsAfter(error, failures, remaining);
        assert.ok(seconds >= least && seconds <= most, `${seconds} s`);
      }
    });
  }
});
