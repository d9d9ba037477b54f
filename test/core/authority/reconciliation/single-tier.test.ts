import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { trustBundlePem, type TrustBundle } from "../../../../core/authority/authority.ts";
import { authorityExpiryEvents } from "../../../../core/authority/expiry.ts";
import { activeRoot } from "../../../../core/authority/path.ts";
import {
  AUTHORITY_HIERARCHIES,
  DEFAULT_AUTHORITY_PLAN,
  type AuthorityHierarchy,
  type AuthorityPlan,
} from "../../../../core/authority/plan.ts";
import { reconcileAuthorities } from "../../../../core/authority/reconciliation/reconcile-authorities.ts";
import { parseCertificate } from "../../../../core/certificate/certificate.ts";
import { createFirstAuthorities } from "../../../../core/authority/reconciliation/create-authority.ts";
import { provisionExternalAuthority } from "../../../../core/authority/external/external-authority.ts";
import { issuerDirectory } from "../../../../core/authority/issuer-directory.ts";
import { parseExternalCa } from "../../../../core/authority/external/external-ca.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import { authorityServices, hoursFrom, NOW } from "../../../support/authorities.ts";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";
import { externalBench, root as outside } from "../../../support/external-bench.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../../../support/openssl.ts";
import { nodeRecord, nodeSlot } from "../../../support/stored-records.ts";

const DAY_HOURS = 24;
const PLAN: AuthorityPlan = { ...DEFAULT_AUTHORITY_PLAN, hierarchy: "single" };

async function created(plan: Partial<AuthorityPlan> = {}) {
  const bundle = await createFirstAuthorities(authorityServices(), { ...PLAN, ...plan });
  const [authority, ...others] = bundle.authorities;
  assert.ok(authority !== undefined);
  assert.deepEqual(others, []);
  return { bundle, authority, certificate: parseCertificate(authority.certificate) };
}

describe("a CA in a single-tier hierarchy", () => {
  const files = workspace();
  after(() => files.remove());

  for (const keySpec of ["P-256", "RSA-2048", "Ed25519"] as const)
    it(`signs itself, as node:crypto and openssl see it (${keySpec})`, { skip: OPENSSL_SKIP }, async () => {
      const { authority } = await created({ keySpec });
      const certificate = new X509Certificate(authority.certificate);
      assert.ok(certificate.ca && certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey));
      assert.equal(certificate.subject, "O=Nodeseal\nCN=nodeseal issuing G1");
      const file = files.write("ca.pem", encodePem("CERTIFICATE", authority.certificate));
      const strict = ["verify", "-x509_strict", "-check_ss_sig", "-attime", String(NOW.getTime() / 1000)];
      assert.equal(openssl([...strict, "-CAfile", file, file]).toString(), `${file}: OK\n`);
      const text = openssl(["x509", "-in", file, "-noout", "-text"]).toString();
      assert.match(text, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    });

  it("lives as long as an issuing CA, and is all there is to trust and to pin", async () => {
    const { bundle, authority, certificate } = await created();
    assert.equal(certificate.notAfter.toISOString(), "2035-05-04T12:00:00.000Z");
    assert.equal(trustBundlePem(bundle), encodePem("CERTIFICATE", authority.certificate));
    assert.equal(activeRoot(bundle), authority);
  });

  it("sends no chain along: verifiers hold it already", async () => {
    const { bundle } = await created();
    assert.deepEqual(issuerDirectory(bundle).active().chain, []);
  });

  it("tells of its end as early as a root, and then prepares one successor", async () => {
    const bench = reconciliationBench({ hierarchy: "single", issuingLifetimeSeconds: 400 * DAY_HOURS * 3600 });
    const longestDays = bench.plan.longestLifetimeSeconds / DAY_HOURS / 3600;
    await bench.round();
    for (const days of [400 - 180 - longestDays, 400 - 180 - longestDays + 0.1]) {
      bench.clock.now = hoursFrom(NOW, days * DAY_HOURS);
      assert.deepEqual(await bench.states(), ["issuing-g1 active"]);
      await bench.round();
      await bench.round();
    }
    assert.deepEqual(await bench.states(), ["issuing-g1 active", "issuing-g2 prepared"]);
    const bundle = await bench.services.authorities.read();
    assert.ok(bundle !== undefined);
    const warned = authorityExpiryEvents(bundle, bench.plan, bench.clock.now).map(({ event }) => event);
    assert.equal(warned.filter((event) => event === "authority_expires_soon").length, 1);
  });

  it("gives way to the next one when the fleet trusts that, and no sooner", async () => {
    const bench = reconciliationBench({ hierarchy: "single" });
    await bench.round();
    const node = (trustBundleSequence: number) =>
      nodeRecord("n1", {
        anchor: nodeSlot({ notAfter: hoursFrom(NOW, 9) }),
        agent: { version: "1", trustBundleSequence },
      });
    await bench.services.nodes.write(node(1));
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    const { number } = await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: false });
    await bench.round();
    const held = await bench.outcome(number);
    assert.equal(held?.state, "held");
    assert.match(held.reason, /^it is in trust bundle 2, which these nodes have not reported: n1 \(holds 1\)/);
    assert.ok(await bench.services.nodes.write({ ...node(2), version: 1 }));
    await bench.round();
    assert.deepEqual(await bench.states(), ["issuing-g1 retiring", "issuing-g2 active"]);
    const { certificate = Buffer.alloc(0) } =
      (await bench.services.authorities.read())?.authorities.find(({ id }) => id === "issuing-g2") ?? {};
    const { issuerName, subjectName } = parseCertificate(certificate);
    assert.deepEqual(issuerName, subjectName);
  });

  it("has no root beside it, whoever asks and whatever keys there are", async () => {
    const bench = reconciliationBench({ hierarchy: "single", generations: { root: 2, issuing: 1 } });
    await bench.round();
    const { number } = await bench.ask({ act: "prepare", role: "root" });
    await bench.round();
    assert.deepEqual((await bench.outcome(number))?.state, "refused");
    assert.match((await bench.outcome(number))?.reason ?? "", /issuing CAs are their own roots; prepare an issuing CA/);
    assert.deepEqual(await bench.states(), ["issuing-g1 active"]);
    assert.equal(bench.keys.size, 1);
  });
});

describe("the hierarchy of a cluster whose first deployment died", () => {
  for (const [begun, now] of [
    ["own", "single"],
    ["single", "own"],
  ] as const)
    it(`stays ${begun}: what was reserved is signed by nobody else`, async () => {
      const services = authorityServices();
      const write = () => Promise.reject(new Error("crash"));
      const crashing = { ...services, authorities: { ...services.authorities, write } };
      await assert.rejects(createFirstAuthorities(crashing, { ...PLAN, hierarchy: begun }), /crash/);
      await assert.rejects(
        createFirstAuthorities(services, { ...PLAN, hierarchy: now }),
        /^Error: issuing-g1 was begun under another hierarchy: set authority.hierarchy back/,
      );
      assert.equal(await services.authorities.read(), undefined);
      assert.equal((await createFirstAuthorities(services, { ...PLAN, hierarchy: begun })).sequence, 1);
    });
});

describe("the hierarchy of a living cluster", () => {
  for (const [made, planned] of [
    ["single", "own"],
    ["own", "single"],
  ] as const)
    it(`is no reconciliation's to change, with ${planned} keys and change requests where it was ${made}`, async () => {
      const bench = reconciliationBench({ hierarchy: made });
      await bench.round();
      const states = await bench.states();
      const plan: AuthorityPlan = { ...bench.plan, hierarchy: planned, generations: { root: 2, issuing: 2 } };
      const { number } = await bench.ask({ act: "prepare", role: planned === "own" ? "root" : "issuing" });
      await reconcileAuthorities(bench.services, plan, (await bench.services.authorities.read()) ?? assert.fail());
      assert.deepEqual(await bench.states(), states);
      assert.match((await bench.outcome(number))?.reason ?? "", new RegExp(`must stay "${made}"`));
    });

  const made: Readonly<Record<AuthorityHierarchy, (bench: ReturnType<typeof externalBench>) => Promise<unknown>>> = {
    own: ({ services }) => createFirstAuthorities(withSerialNumbers(services), DEFAULT_AUTHORITY_PLAN),
    single: ({ services }) => createFirstAuthorities(withSerialNumbers(services), PLAN),
    external: async ({ deployed, signed }) => deployed({ "issuing-g1": await signed(1) }),
  };
  const withSerialNumbers = (services: ReturnType<typeof externalBench>["services"]) => ({
    ...services,
    newSerialNumber: authorityServices().newSerialNumber,
  });

  for (const [before, now] of AUTHORITY_HIERARCHIES.flatMap((one) =>
    AUTHORITY_HIERARCHIES.filter((other) => other !== one).map((other) => [one, other] as const),
  ))
    it(`does not become ${now} where it was ${before}: nothing changes`, async () => {
      const bench = externalBench();
      await made[before](bench);
      const bundle: TrustBundle | undefined = await bench.services.authorities.read();
      const stays = new RegExp(`authority.hierarchy must stay "${before}", got "${now}"$`);
      const change =
        now === "external"
          ? provisionExternalAuthority(bench.services, bench.plan(1), parseExternalCa(outside.pem, new Map()))
          : made[now](bench);
      await assert.rejects(change, stays);
      assert.deepEqual(await bench.services.authorities.read(), bundle);
    });
});
