import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityExpiryEvents } from "../../../../core/authority/expiry.ts";
import { readRequests } from "../../../../core/authority/external/ca-signing-request.ts";
import { faultOfRetirement, sequenceToWaitFor } from "../../../../core/authority/transition.ts";
import { hoursFrom, NOW } from "../../../support/authorities.ts";
import { newKeyPair } from "../../../support/key-pairs.ts";
import { externalBench, named, next, root, states, until, YEAR } from "../../../support/external-bench.ts";

describe("the next generation of an issuing CA that an external CA signs", () => {
  it("is asked for beside the first, prepared by its certificate, and takes over and lets go as any other", async () => {
    const { services, deployed, signed, activate, retire, events } = externalBench();
    const first = { "issuing-g1": await signed(1) };
    await deployed({}, root.pem, 1);
    await deployed(first, root.pem, 1);
    assert.equal((await readRequests(services.requests)).length, 1);
    assert.deepEqual(states(await deployed(first)), ["root-g1 active", "issuing-g1 active"]);
    assert.ok((await readRequests(services.requests))[1]?.csr !== undefined);
    const both = { ...first, "issuing-g2": await signed(2) };
    const bundle = await deployed(both);
    assert.deepEqual(states(bundle), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    assert.equal(events.at(-1)?.event, "authority_prepared");
    assert.ok(bundle !== undefined);
    assert.equal(sequenceToWaitFor(bundle, bundle.authorities[2] ?? assert.fail()), undefined);
    await activate("issuing-g2");
    assert.match(faultOfRetirement(bundle, "issuing-g1") ?? "", /is active/);
    await retire("issuing-g1");
    const end = ["root-g1 active", "issuing-g1 retired", "issuing-g2 active"];
    // A third key may be asked for, and the first certificate be left out or stay.
    for (const issuing of [both, { "issuing-g2": both["issuing-g2"] }, first, {}])
      assert.deepEqual(states(await deployed(issuing)), end);
  });

  it("changes nothing when its deployment is made again or rolled back", async () => {
    const { deployed, signed } = externalBench();
    const first = { "issuing-g1": await signed(1) };
    const both = { ...first, "issuing-g2": await signed(2) };
    await deployed(first, root.pem, 1);
    const bundle = await deployed(both);
    assert.deepEqual(await deployed(both), bundle);
    assert.deepEqual(await deployed(first), bundle);
    assert.deepEqual(await deployed(first, root.pem, 1), bundle);
    assert.deepEqual(await deployed({}, root.pem, 1), bundle);
  });

  it("makes every request that is awaited, and none that another generation has left behind", async () => {
    const { services, deployed, signed } = externalBench();
    await deployed({}, root.pem, 3);
    const requested = async () => (await readRequests(services.requests)).map(({ authorityId }) => authorityId);
    assert.deepEqual(await requested(), ["issuing-g1", "issuing-g2", "issuing-g3"]);
    const bundle = await deployed({ "issuing-g2": await signed(2) }, root.pem, 4);
    assert.deepEqual(states(bundle), ["root-g1 active", "issuing-g2 active"]);
    assert.deepEqual(await requested(), ["issuing-g1", "issuing-g2", "issuing-g3", "issuing-g4"]);
  });

  const refusals: readonly [
    string,
    (one: ReturnType<typeof externalBench>) => Promise<Record<string, string>>,
    RegExp,
  ][] = [
    [
      "the two are swapped",
      async ({ signed }) => ({ "issuing-g1": await signed(2, until(9 * YEAR)), "issuing-g2": await signed(1) }),
      /certificate of issuing-g1 is for another key than .*nodeseal ca csr issuing-g1/,
    ],
    [
      "it is the first one's",
      async ({ signed }) => ({ "issuing-g1": await signed(1), "issuing-g2": await signed(1, { commonName: "Other" }) }),
      /certificate of issuing-g2 holds .*is for the key of issuing-g1/,
    ],
    [
      "it is for a stranger's key",
      () => Promise.resolve({ "issuing-g2": root.certify(newKeyPair("P-256").spki, named(2)) }),
      /certificate of issuing-g2 is for another key/,
    ],
    [
      "it has the first one's subject",
      async ({ signed }) => ({ "issuing-g2": await signed(2, { commonName: "Example issuing 1" }) }),
      /has the subject or the subject key identifier of issuing-g1/,
    ],
    [
      "it has expired",
      async ({ signed }) => ({
        "issuing-g2": await signed(2, { validity: { notBefore: hoursFrom(NOW, -1), notAfter: NOW } }),
      }),
      /issuing-g2 has expired/,
    ],
    ["there is no key for it", async ({ signed }) => ({ "issuing-g3": await signed(3) }), /issuingGenerations is 2/],
    [
      "it leads to a root that nobody named",
      async ({ signed }) => ({ "issuing-g2": await signed(2, {}, next) }),
      /issuing-g2 holds .*whose issuer is not among/,
    ],
  ];
  for (const [what, certificates, reason] of refusals) {
    it(`is refused when ${what}, and nothing has changed`, async () => {
      const one = externalBench();
      const bundle = await one.deployed({ "issuing-g1": await one.signed(1) });
      const { deployed, services } = one;
      await assert.rejects(async () => deployed(await certificates(one)), { message: reason });
      assert.deepEqual(await services.authorities.read(), bundle);
    });
  }

  it("stays retired, whatever a deployment brings", async () => {
    const { deployed, signed, activate, retire } = externalBench();
    const both = { "issuing-g1": await signed(1), "issuing-g2": await signed(2) };
    await deployed(both);
    await activate("issuing-g2");
    await retire("issuing-g1");
    await assert.rejects(
      deployed({ ...both, "issuing-g1": await signed(1, until(9 * YEAR)) }),
      /is retired: leave it out/,
    );
  });

  it("is told to expire as any other", async () => {
    const { deployed, signed, plan, activate, services } = externalBench();
    await deployed({ "issuing-g1": await signed(1, until(YEAR * 2)), "issuing-g2": await signed(2) });
    const soon = async () => {
      const bundle = (await services.authorities.read()) ?? assert.fail();
      return authorityExpiryEvents(bundle, plan(2), hoursFrom(NOW, 2 * YEAR - 48))
        .filter(({ event }) => event === "authority_expires_soon")
        .map(({ authorityId }) => authorityId);
    };
    assert.deepEqual(await soon(), ["issuing-g1"]);
    await activate("issuing-g2");
    assert.deepEqual(await soon(), []);
  });
});
