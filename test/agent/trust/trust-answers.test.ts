import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { json, problem } from "../support/service-answer.ts";
import { testAuthority } from "../support/test-authority.ts";
import type { TrustService } from "../support/trust-service.ts";
import { pemsIn, validator } from "../support/validator.ts";

const DAY_SECONDS = 86_400;

describe("the trust files of an answer that is not to be believed", () => {
  const CASES: Readonly<Record<string, (service: TrustService, now: Date) => Promise<void> | void>> = {
    "no answer but a page": (service) => {
      service.answers.set("/v1/trust-bundle", {
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html>",
      });
    },
    "half of an answer": (service) => {
      const whole = service.bundleAnswer("");
      service.answers.set("/v1/trust-bundle", { ...whole, body: whole.body.slice(0, 900) });
    },
    "an empty bundle": (service) => {
      service.answers.set("/v1/trust-bundle", json(200, { sequence: 2, authorities: [] }));
    },
    "no CAs for the server": (service) => {
      service.answers.set("/v1/trust-bundle?for=nginx", json(200, { sequence: 1, authorities: [] }));
    },
    "an older bundle": (service) => {
      service.sequence = 0;
    },
    "another bundle of the same sequence": async (service) => {
      service.authorities.push({ id: "root-g2", authority: await testAuthority("CN=Intruder") });
    },
    "another service's bundle": async (service) => {
      service.sequence = 9;
      service.authorities = [{ id: "root-g1", authority: await testAuthority("CN=Root 1") }];
    },
    "a CA that says it is below the root, and is not": async (service) => {
      service.sequence = 2;
      const impostor = await testAuthority("CN=Root 1");
      service.authorities.push({ id: "issuing-g2", authority: await testAuthority("CN=Issuing 2", impostor) });
    },
    "a node's certificate in the place of a CA's": async (service) => {
      service.sequence = 2;
      const { spki } = { spki: service.root.certificate.publicKey.export({ format: "der", type: "spki" }) };
      const validity = { notBefore: new Date("2020-01-01"), notAfter: new Date("2080-01-01") };
      const certificate = await service.root.issue({ name: "CN=system:node:n1", spki, ...validity });
      service.authorities.push({
        id: "issuing-g2",
        authority: { ...service.root, certificate, pem: certificate.toString() },
      });
    },
    "a CA for the server alone, in no bundle": async (service) => {
      const whole = service.bundleAnswer("");
      service.authorities.push({ id: "root-g2", authority: await testAuthority("CN=Intruder") });
      service.answers.set("/v1/trust-bundle", whole);
    },
    "a thousand CAs": (service) => {
      service.sequence = 2;
      const one = service.authorities[0];
      for (let i = 0; i < 1000 && one !== undefined; i++) service.authorities.push(one);
    },
    "a list that is none": (service) => {
      service.lists.set("issuing-g1", Buffer.from("3003020101", "hex"));
    },
    "half of a list": (service) => {
      service.lists.set("issuing-g1", service.lists.get("issuing-g1")?.subarray(0, -9) ?? Buffer.alloc(0));
    },
    "a list with something behind it": (service) => {
      service.lists.set(
        "issuing-g1",
        Buffer.concat([service.lists.get("issuing-g1") ?? Buffer.alloc(0), Buffer.of(0)]),
      );
    },
    "another CA's list": (service) => {
      service.lists.set("issuing-g1", service.lists.get("root-g1") ?? Buffer.alloc(0));
    },
    "a list by a CA of the same name": async (service, now) => {
      const impostor = await testAuthority("CN=Issuing 1");
      const nextUpdate = new Date(now.getTime() + DAY_SECONDS * 1000);
      service.lists.set("issuing-g1", await impostor.revocationList({ thisUpdate: now, nextUpdate }));
    },
    "the list of a part": async (service, now) => {
      const nextUpdate = new Date(now.getTime() + DAY_SECONDS * 1000);
      const list = await service.authorities[0]?.authority.revocationList({
        thisUpdate: now,
        nextUpdate,
        isShard: true,
      });
      service.lists.set("issuing-g1", list ?? Buffer.alloc(0));
    },
    "no list to be had just now": (service) => {
      service.answers.set("/v1/crl/issuing-g1", problem(503, "signer_busy", "later"));
    },
    "a proxy's answer in the place of a list": (service) => {
      service.answers.set("/v1/crl/issuing-g1", { status: 404, headers: { "content-type": "text/html" }, body: "?" });
    },
  };

  for (const [what, spoil] of Object.entries(CASES))
    it(`stay as they are: ${what}`, async (t) => {
      const { service, clock, dir, once, contents, home } = await validator(t);
      await once();
      const before = contents();
      clock.advance(120);
      // The lists are new ones: whatever is wrong elsewhere, they wait.
      await service.publish(clock.now());
      await spoil(service, clock.now());
      const { exitStatus, stderr } = await once();
      assert.equal(exitStatus, 1, stderr);
      assert.equal(stderr.split("\n").length, 1, stderr);
      assert.deepEqual(contents(), before);
      assert.deepEqual(readdirSync(home).sort(), ["ca.pem", "crl.pem", "state"]);
      assert.match(readFileSync(join(dir, "trust-bundle.pem"), "utf8"), /sequence 1$/m);
    });

  it("keep the newer of two lists: a cache may be behind", async (t) => {
    const { service, clock, once, contents } = await validator(t);
    const old = new Map(service.lists);
    clock.advance(120);
    await service.publish(clock.now(), DAY_SECONDS, ["0a"]);
    await once();
    const before = contents();
    for (const [id, list] of old) service.lists.set(id, list);
    assert.deepEqual([(await once()).exitStatus, contents()], [0, before]);
    service.lists.clear();
    assert.deepEqual([(await once()).exitStatus, contents()], [0, before]);
  });

  it("say which CA has no list, or one that has ended", async (t) => {
    const { service, clock, once, contents, crl } = await validator(t);
    service.lists.delete("root-g1");
    assert.match((await once()).stdout, /level=warn event=no_list authority=root-g1/);
    assert.equal(pemsIn(contents()[1] ?? "").length, 1);
    clock.advance(2 * DAY_SECONDS);
    assert.match((await once()).stdout, /event=no_list authority=issuing-g1/);
    // Of an external CA the operator brings it.
    const own = join(crl, "..", "own-crl.pem");
    const validity = { thisUpdate: clock.now(), nextUpdate: new Date("2089-01-01") };
    const list = (await service.root.revocationList(validity)).toString("base64");
    writeFileSync(own, `-----BEGIN X509 CRL-----\n${list}\n-----END X509 CRL-----\n`);
    await service.publish(clock.now());
    service.lists.delete("root-g1");
    assert.doesNotMatch((await once("--include-crl", own)).stdout, /no_list/);
    assert.equal(pemsIn(contents()[1] ?? "").length, 2);
  });
});
