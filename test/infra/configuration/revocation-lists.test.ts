import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError } from "../../../core/refusal.ts";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";
import { plannedRevocationLists, revocationListEnvironment } from "../../../infra/configuration/revocation-lists.ts";
import { readRevocationListUrl } from "../../../lambdas/configuration.ts";

const read = (revocationLists?: unknown) =>
  parseConfiguration(
    { revocationLists },
    () => undefined,
    () => "",
  ).revocationLists;

const HOST = "http://crl.example.com";
const LONGEST = `${HOST}/${"p".repeat(80 - HOST.length - 1)}`;

describe("a deployment's revocation lists", () => {
  it("are whole ones for a day that no certificate names, unless it says otherwise", () => {
    const usual = { shards: 1, lifetimeSeconds: 24 * 3600, url: undefined };
    assert.deepEqual(read(), usual);
    assert.deepEqual(read({}), usual);
    assert.deepEqual(read({ lifetimeHours: 1 }), { ...usual, lifetimeSeconds: 3600 });
  });

  it("are none with null", () => {
    assert.equal(read(null), undefined);
  });

  for (const url of [HOST, "https://10.0.0.1:8443", `${HOST}/a/~b.c_d-e`, LONGEST]) {
    it(`have an address like ${url}`, () => {
      assert.equal(read({ url, shards: 256 })?.url, url);
    });
  }

  const urlRefused = /"revocationLists\.url" must be an http or https address of at most 80 characters/;
  for (const { why, section, message } of [
    ...["", "crl.example.com", "ldap://crl.example.com", "http://", `${HOST}/`, `${HOST}//a`, `${LONGEST}p`]
      .concat([`${HOST}?a=b`, `${HOST}#a`, "http://user@crl.example.com", `${HOST}/a b`, `${HOST}/ä`, ` ${HOST}`])
      .concat(["http://CRL.example.com", `${HOST}:port`, `${HOST}\n`, `${HOST}/%61`])
      .map((url) => ({ why: `an address like ${JSON.stringify(url)}`, section: { url }, message: urlRefused })),
    ...[0, 2, 17, 4096, "16", null].map((shards) => ({
      why: `${JSON.stringify(shards)} shards`,
      section: { shards, url: HOST },
      message: /"revocationLists\.shards" must be 1 or 16 or 256/,
    })),
    {
      why: "shards that no certificate names",
      section: { shards: 16 },
      message: /"revocationLists" must have a url where it has shards: a certificate that does not say/,
    },
    {
      why: "a life that is over before the next reconciliation",
      section: { lifetimeHours: 0 },
      message: /"revocationLists\.lifetimeHours" must be at least 1, got 0/,
    },
    {
      why: "a life in which nobody would notice a revocation",
      section: { lifetimeHours: 721 },
      message: /"revocationLists\.lifetimeHours" must be at most 720, got 721/,
    },
    {
      why: "half an hour",
      section: { lifetimeHours: 1.5 },
      message: /"revocationLists\.lifetimeHours" must be/,
    },
    {
      why: "an unknown member",
      section: { lifetimeDays: 1 },
      message: /"revocationLists" must not have the member "lifetimeDays"/,
    },
    { why: "a number", section: 7, message: /"revocationLists" must be/ },
    { why: "false in place of null", section: false, message: /"revocationLists" must be/ },
  ]) {
    it(`are refused with ${why}`, () => {
      assert.throws(
        () => read(section),
        (error) => error instanceof RefusalError && message.test(error.message),
      );
    });
  }

  it("are refused where nobody may sign them by the keys' policies", () => {
    const [without, withLists] = [{ hasRevocationLists: false }, { hasRevocationLists: true }];
    assert.throws(
      () => plannedRevocationLists(undefined, without),
      /revocationLists must be null: by the keys' policies/,
    );
    assert.equal(plannedRevocationLists(null, without), undefined);
    assert.equal(plannedRevocationLists(null, withLists), undefined);
    assert.equal(plannedRevocationLists(undefined, withLists)?.shards, 1);
  });

  it("are told to the function that issues as it reads them", () => {
    const serialNumber = "a3".padEnd(32, "0") as Parameters<NonNullable<ReturnType<typeof readRevocationListUrl>>>[1];
    const named = (section: unknown) =>
      readRevocationListUrl(revocationListEnvironment(read(section)))?.("issuing-g1", serialNumber);
    assert.equal(named({ url: LONGEST }), `${LONGEST}/v1/crl/issuing-g1`);
    assert.equal(named({ url: HOST, shards: 16 }), `${HOST}/v1/crl/issuing-g1/a`);
    assert.equal(named({ url: HOST, shards: 256 }), `${HOST}/v1/crl/issuing-g1/a3`);
    assert.equal(named({}), undefined);
    assert.equal(named(null), undefined);
  });
});
