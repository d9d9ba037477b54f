import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryAuthorityRequestStore } from "../../../../adapters/memory/ca-signing-request-store.ts";
import { memoryAuthorityStore } from "../../../../adapters/memory/authority-store.ts";
import { memoryKeyMaker } from "../../../../adapters/memory/key-maker.ts";
import type { MemoryHooks } from "../../../../adapters/memory/memory-hooks.ts";
import { memorySigner, type MemoryKeys } from "../../../../adapters/memory/signer.ts";
import type { AuditEvent } from "../../../../core/audit/audit-event.ts";
import { DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../../../core/authority/reconciliation/create-authority.ts";
import { subjectKeyIdentifier } from "../../../../core/certificate/extension.ts";
import { provisionExternalAuthority } from "../../../../core/authority/external/external-authority.ts";
import { issuerDirectory } from "../../../../core/authority/issuer-directory.ts";
import { KEY_TYPES } from "../../../../core/keys/key-type.ts";
import { parseExternalCa } from "../../../../core/authority/external/external-ca.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import { faultOfPreparation, missingGeneration } from "../../../../core/authority/reconciliation/prepare-authority.ts";
import { randomSerialNumber } from "../../../../core/certificate/serial-number.ts";
import { hoursFrom, NOW } from "../../../support/authorities.ts";
import { newKeyPair } from "../../../support/key-pairs.ts";
import { openssl, OPENSSL_SKIP } from "../../../support/openssl.ts";
import { externalRoot, type CertificatePlan } from "../../../support/external-ca.ts";

const root = externalRoot();
const PLAN: AuthorityPlan = { ...DEFAULT_AUTHORITY_PLAN, hierarchy: "external" };

function bench(hooks: MemoryHooks = {}, plan: Partial<AuthorityPlan> = {}) {
  const keys: MemoryKeys = new Map();
  const events: AuditEvent[] = [];
  const requests = memoryAuthorityRequestStore(hooks);
  const services = {
    authorities: memoryAuthorityStore(hooks),
    requests,
    keys: memoryKeyMaker(keys, hooks),
    signer: memorySigner(keys, hooks),
    clock: () => NOW,
    newSerialNumber: randomSerialNumber,
    audit: (event: AuditEvent) => void events.push(event),
  };
  const provision = async (issuing?: string | Readonly<Record<string, string>>, rootsPem = root.pem) =>
    // As a store would give it back.
    structuredClone(
      await provisionExternalAuthority(
        services,
        { ...PLAN, ...plan },
        parseExternalCa(rootsPem, certificatesOf(issuing)),
      ),
    );
  const csr = async () => {
    await provision();
    return (await requests.read("issuing-g1"))?.csr ?? assert.fail("no request");
  };
  const spki = async () => (await services.keys.findOrCreateKey("alias/nodeseal/issuing-g1", "P-256")).spki;
  const signed = async (changes?: CertificatePlan) => root.certify(await spki(), changes);
  return { services, events, provision, csr, spki, signed };
}

/** Alone it is the first generation's. */
function certificatesOf(issuing: string | Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> {
  return new Map(typeof issuing === "string" ? [["issuing-g1", issuing]] : Object.entries(issuing));
}

const until = (hours: number): CertificatePlan => ({ validity: { notBefore: NOW, notAfter: hoursFrom(NOW, hours) } });
const YEAR = 365 * 24;

describe("an issuing CA that an external CA signs", () => {
  for (const keySpec of KEY_TYPES.filter((type) => type !== "RSA-4096")) {
    it(`is asked for by a request that openssl verifies (${keySpec})`, { skip: OPENSSL_SKIP }, async () => {
      const pem = encodePem("CERTIFICATE REQUEST", await bench({}, { keySpec }).csr());
      const text = openssl(["req", "-verify", "-noout", "-text"], pem).toString();
      assert.match(text, /Subject: O = Nodeseal, CN = nodeseal issuing G1\n/);
      assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
      assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    });
  }

  it("is not there, and nothing else is, until its certificate is", async () => {
    const { provision, services } = bench();
    assert.equal(await provision(), undefined);
    assert.equal(await services.authorities.read(), undefined);
  });

  it("is asked for once, and by the same request for ever", async () => {
    const { csr } = bench();
    assert.deepEqual(await csr(), await csr());
  });

  it("needs no signature of its key once the request is made", async () => {
    const { provision, services, csr } = bench();
    const first = await csr();
    const deaf = { ...services, signer: { sign: () => Promise.reject(new Error("denied")) } };
    assert.equal(await provisionExternalAuthority(deaf, PLAN, parseExternalCa(root.pem, new Map())), undefined);
    assert.deepEqual((await services.requests.read("issuing-g1"))?.csr, first);
    await provision();
  });

  it("is installed under its root, and found again", async () => {
    const { provision, signed, events } = bench();
    await provision();
    const certificate = await signed();
    const bundle = await provision(certificate);
    assert.deepEqual(
      bundle?.authorities.map(({ id, role, state, keyArn }) => [id, role, state, keyArn === ""]),
      [
        ["root-g1", "root", "active", true],
        ["issuing-g1", "issuing", "active", false],
      ],
    );
    assert.deepEqual(await provision(certificate), bundle);
    assert.deepEqual(await provision(), bundle);
    assert.deepEqual(
      events.map(({ event, authorityId }) => `${event} ${authorityId ?? ""}`),
      ["authority_created root-g1", "authority_created issuing-g1"],
    );
  });

  it("hands out the CAs between it and its root with each certificate", async () => {
    const { provision, spki } = bench();
    const middle = root.below("Example policy CA");
    const bundle = await provision(middle.certify(await spki()), root.pem + middle.pem);
    assert.ok(bundle !== undefined);
    const { chain, certificate } = issuerDirectory(bundle).active();
    assert.deepEqual(
      chain.map((der) => encodePem("CERTIFICATE", der)),
      [encodePem("CERTIFICATE", certificate.der), middle.pem],
    );
  });

  const refusals: readonly [string, CertificatePlan, RegExp][] = [
    ["has expired", { validity: { notBefore: hoursFrom(NOW, -1), notAfter: NOW } }, /has expired at/],
    [
      "is not valid yet",
      { validity: { notBefore: hoursFrom(NOW, 1), notAfter: hoursFrom(NOW, 5 * YEAR) } },
      /not valid before/,
    ],
    [
      "would cut the policy's lifetimes short",
      until(PLAN.longestLifetimeSeconds / 3600 - 1),
      /lower maxLifetimeSeconds/,
    ],
  ];
  for (const [what, plan, reason] of refusals) {
    it(`is refused when its certificate ${what}, and nothing has changed`, async () => {
      const { provision, services, signed } = bench();
      await assert.rejects(provision(await signed(plan)), reason);
      assert.equal(await services.authorities.read(), undefined);
    });
  }

  it("is refused when its certificate is for another key", async () => {
    const { provision, services } = bench();
    await assert.rejects(
      provision(root.certify(newKeyPair("P-256").spki)),
      /is for another key than .*nodeseal ca csr/,
    );
    assert.equal(await services.authorities.read(), undefined);
  });

  it("has its certificate renewed for the same key, and does not go back when a deployment is rolled back", async () => {
    const { provision, signed, events } = bench();
    const [first, renewed] = [await signed(until(3 * YEAR)), await signed(until(6 * YEAR))];
    await provision(first);
    const bundle = await provision(renewed);
    assert.equal(bundle?.sequence, 2);
    assert.equal(events.at(-1)?.event, "authority_activated");
    assert.equal(encodePem("CERTIFICATE", bundle.authorities[1]?.certificate ?? Buffer.alloc(0)), renewed);
    for (const before of [first, undefined, renewed]) assert.deepEqual(await provision(before), bundle);
  });

  for (const [what, change] of [
    ["subject", { commonName: "Another" }],
    ["subject key identifier", { subjectKeyIdentifier: subjectKeyIdentifier(Buffer.alloc(20, 1)) }],
  ] as const) {
    it(`is not renewed with another ${what}`, async () => {
      const { provision, signed, services } = bench();
      const bundle = await provision(await signed());
      await assert.rejects(provision(await signed({ ...until(6 * YEAR), ...change })), /of the one it replaces/);
      assert.deepEqual(await services.authorities.read(), bundle);
    });
  }

  it("does not take another root in the place of its own", async () => {
    const { provision, signed } = bench();
    await provision(await signed());
    await assert.rejects(
      provision(undefined, externalRoot().pem),
      /externalRootFiles must hold root-g1, which this cluster trusts/,
    );
  });

  it("comes into no cluster that has a root of its own, nor the other way round", async () => {
    const own = bench();
    await createFirstAuthorities(own.services, DEFAULT_AUTHORITY_PLAN);
    await assert.rejects(own.provision(), /must stay "own"/);
    const external = bench();
    await external.provision(await external.signed());
    await assert.rejects(createFirstAuthorities(external.services, DEFAULT_AUTHORITY_PLAN), /must stay "external"/);
  });

  it("gets no other generation by change requests and reconciliations", async () => {
    const { provision, signed } = bench();
    const bundle = await provision(await signed());
    assert.ok(bundle !== undefined);
    assert.match(faultOfPreparation(bundle, PLAN, "root-g2") ?? "", /an external CA signs issuing CAs/);
    assert.equal(missingGeneration(bundle, PLAN, hoursFrom(NOW, 10 * YEAR)), undefined);
  });
});

describe("a crash while an issuing CA from outside is asked for and installed", () => {
  class Crash extends Error {}

  /** A whole life: asked for, installed, renewed; each step again until it is through. */
  async function live(at: number, when: "beforeEach" | "afterEach") {
    let count = 0;
    const fatal = () => (count === at ? Promise.reject(new Crash()) : Promise.resolve());
    const hooks: MemoryHooks = {
      beforeEach: () => {
        count++;
        return when === "beforeEach" ? fatal() : Promise.resolve();
      },
      afterEach: () => (when === "afterEach" ? fatal() : Promise.resolve()),
    };
    const one = bench(hooks);
    const persistent = async (step: () => Promise<unknown>) => {
      await step().catch((error: unknown) => (error instanceof Crash ? step() : Promise.reject(error as Error)));
    };
    await persistent(() => one.provision());
    const spki = await one.spki().catch(() => one.spki());
    const first = root.certify(spki, until(3 * YEAR));
    const renewed = root.certify(spki, until(6 * YEAR));
    await persistent(() => one.provision(first));
    await persistent(() => one.provision(renewed));
    return { one, renewed, count };
  }

  it("changes nothing about the end", async () => {
    const { count: whole } = await live(0, "beforeEach");
    assert.ok(whole > 8);
    for (const when of ["beforeEach", "afterEach"] as const) {
      for (let at = 1; at <= whole; at++) {
        const { one, renewed } = await live(at, when);
        const bundle = await one.services.authorities.read().catch(() => one.services.authorities.read());
        assert.equal(bundle?.sequence, 2);
        assert.equal(encodePem("CERTIFICATE", bundle.authorities[1]?.certificate ?? Buffer.alloc(0)), renewed);
        assert.ok((await one.services.requests.read("issuing-g1"))?.csr !== undefined);
      }
    }
  });
});
