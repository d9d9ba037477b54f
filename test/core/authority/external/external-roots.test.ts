import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readRequests } from "../../../../core/authority/external/ca-signing-request.ts";
import { faultOfActivation, faultOfRetirement, sequenceToWaitFor } from "../../../../core/authority/transition.ts";
import { issuerDirectory } from "../../../../core/authority/issuer-directory.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import { hoursFrom, NOW } from "../../../support/authorities.ts";
import { externalRoot } from "../../../support/external-ca.ts";
import { externalBench, next, root, states, until, YEAR } from "../../../support/external-bench.ts";

describe("another root outside", () => {
  it("is trusted beside the first, and takes over with an issuing CA once the fleet holds it", async () => {
    const { deployed, signed, activate, retire, services } = externalBench();
    const first = { "issuing-g1": await signed(1) };
    await deployed(first);
    const bundle = await deployed(first, root.pem + next.pem);
    assert.deepEqual(states(bundle), ["root-g1 active", "issuing-g1 active", "root-g2 prepared"]);
    const both = { ...first, "issuing-g2": await signed(2, {}, next) };
    const prepared = (await deployed(both, root.pem + next.pem)) ?? assert.fail();
    assert.equal(sequenceToWaitFor(prepared, prepared.authorities[3] ?? assert.fail()), bundle?.sequence);
    // Neither its deployment's repetition nor its rollback takes it away.
    assert.deepEqual(await deployed(first), prepared);
    await activate("issuing-g2");
    assert.deepEqual(states(await services.authorities.read()), [
      "root-g1 retiring",
      "issuing-g1 retiring",
      "root-g2 active",
      "issuing-g2 active",
    ]);
    assert.match(
      faultOfRetirement((await services.authorities.read()) ?? assert.fail(), "root-g1") ?? "",
      /root-g1 is above issuing-g1; retire these first/,
    );
    await retire("issuing-g1");
    await retire("root-g1");
    const end = ["root-g1 retired", "issuing-g1 retired", "root-g2 active", "issuing-g2 active"];
    assert.deepEqual(states(await deployed({ "issuing-g2": both["issuing-g2"] }, next.pem)), end);
    assert.deepEqual(states(await deployed(both, root.pem + next.pem)), end);
    await assert.rejects(deployed({}, root.pem), /must hold root-g2/);
  });

  it("takes no issuing CA in use before the fleet holds it", async () => {
    const { deployed, signed, activate } = externalBench();
    await deployed({ "issuing-g1": await signed(1) });
    const moved = { "issuing-g1": await signed(1, until(9 * YEAR), next) };
    const roots = root.pem + next.pem;
    await assert.rejects(deployed(moved, roots), /leads to root-g2, which is not active yet; .*activate root-g2$/);
    await deployed({}, roots);
    await activate("root-g2");
    assert.deepEqual(states(await deployed(moved, roots)), ["root-g1 retiring", "issuing-g1 active", "root-g2 active"]);
  });

  it("has a name of its own", async () => {
    const { deployed } = externalBench();
    await deployed({}, root.pem);
    await assert.rejects(async () => deployed({}, root.pem + externalRoot().pem), /holds two certificates of/);
  });

  it("may be the first one's key with a later end", async () => {
    const { deployed, signed } = externalBench();
    const issuing = { "issuing-g1": await signed(1) };
    await deployed(issuing);
    const { pem } = externalRoot("Example root", until(30 * YEAR), "P-256");
    await assert.rejects(deployed({}, pem), /must hold root-g1/);
    await assert.rejects(deployed({}, pem + next.pem), /must hold root-g1/);
    const renewed = root.renewed({ validity: { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 30 * YEAR) } });
    const bundle = await deployed(issuing, renewed);
    assert.equal(bundle?.sequence, 2);
    assert.equal(encodePem("CERTIFICATE", bundle.authorities[0]?.certificate ?? Buffer.alloc(0)), renewed);
    assert.deepEqual(await deployed(issuing, root.pem), bundle);
  });
});

describe("CAs between an outside root and issuing CAs", () => {
  it("follow the issuing CA below them", async () => {
    const { deployed, signed, activate, retire, services } = externalBench();
    const [one, two] = [root.below("Example policy CA 1"), root.below("Example policy CA 2")];
    const first = { "issuing-g1": await signed(1, {}, one) };
    assert.deepEqual(states(await deployed(first, root.pem + one.pem)), [
      "root-g1 active",
      "root-g2 active",
      "issuing-g1 active",
    ]);
    const both = { ...first, "issuing-g2": await signed(2, {}, two) };
    const bundle = (await deployed(both, root.pem + one.pem + two.pem)) ?? assert.fail();
    assert.deepEqual(states(bundle)?.slice(3), ["root-g3 prepared", "issuing-g2 prepared"]);
    // Its root is trusted by everybody, and the CA between travels along.
    assert.equal(sequenceToWaitFor(bundle, bundle.authorities[4] ?? assert.fail()), undefined);
    assert.match(faultOfActivation(bundle, "root-g3", NOW) ?? "", /between a root and issuing CAs/);
    await activate("issuing-g2");
    const after = (await services.authorities.read()) ?? assert.fail();
    assert.deepEqual(states(after), [
      "root-g1 active",
      "root-g2 retiring",
      "issuing-g1 retiring",
      "root-g3 active",
      "issuing-g2 active",
    ]);
    assert.equal(encodePem("CERTIFICATE", issuerDirectory(after).active().chain[1] ?? Buffer.alloc(0)), two.pem);
    assert.match(faultOfRetirement(after, "root-g2") ?? "", /above issuing-g1/);
    await retire("issuing-g1");
    await retire("root-g2");
    assert.deepEqual(states(await deployed({ "issuing-g2": both["issuing-g2"] }, root.pem + two.pem))?.slice(0, 2), [
      "root-g1 active",
      "root-g2 retired",
    ]);
  });
});

describe("a crash while a second generation and a second root come from outside", () => {
  class Crash extends Error {}

  async function live(at: number, when: "beforeEach" | "afterEach") {
    let count = 0;
    const fatal = () => (count === at ? Promise.reject(new Crash()) : Promise.resolve());
    const one = externalBench({
      beforeEach: () => {
        count++;
        return when === "beforeEach" ? fatal() : Promise.resolve();
      },
      afterEach: () => (when === "afterEach" ? fatal() : Promise.resolve()),
    });
    const persistent = async <T>(step: () => Promise<T>): Promise<T> => {
      try {
        return await step();
      } catch (error) {
        if (error instanceof Crash) return step();
        throw error;
      }
    };
    await persistent(() => one.deployed({}, root.pem, 1));
    const first = { "issuing-g1": await persistent(() => one.signed(1)) };
    await persistent(() => one.deployed(first, root.pem, 1));
    await persistent(() => one.deployed(first, root.pem + next.pem));
    const both = { ...first, "issuing-g2": await persistent(() => one.signed(2, {}, next)) };
    await persistent(() => one.deployed(both, root.pem + next.pem));
    return { one, count };
  }

  it("changes nothing about the end", async () => {
    const { count: whole } = await live(0, "beforeEach");
    assert.ok(whole > 12);
    for (const when of ["beforeEach", "afterEach"] as const) {
      for (let at = 1; at <= whole; at++) {
        const { one } = await live(at, when);
        const read = () => one.services.authorities.read();
        const bundle = await read().catch(read);
        assert.equal(bundle?.sequence, 3);
        assert.deepEqual(states(bundle), [
          "root-g1 active",
          "issuing-g1 active",
          "root-g2 prepared",
          "issuing-g2 prepared",
        ]);
        const requests = () => readRequests(one.services.requests);
        assert.equal((await requests().catch(requests)).filter(({ csr }) => csr !== undefined).length, 2);
      }
    }
  });
});
