import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { certificateOf } from "../../../core/issuance/issuance-answer.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import { releaseNode } from "../../../core/revocation/revoke.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { issuanceHarness, testIssuing, writesOf, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { NOW } from "../../support/authorities.ts";
import type { Outside } from "../../support/intercepted-services.ts";
import { certificateIn, csrOf, PARAMETERS } from "../../support/node-requests.ts";

const RESERVE = ["ledger.reserve", "tokens.consume", "nodes.write"];

describe("issueCertificate", () => {
  it("records the intent, the token's use and the claim on the name before it signs, and the signature after", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 1 });
    await harness.enrol({ token, key: "k1" });
    assert.deepEqual(harness.calls, [
      ...["tokens.read", "ledger.read", "nodes.read"],
      ...RESERVE,
      "signer.sign",
      "ledger.complete",
    ]);
  });

  it("builds the certificate from the key of the CSR and nothing else of it", async () => {
    const harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const certificate = new X509Certificate(certificateIn(answer));
    assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:n1.example");
    assert.deepEqual(certificate.publicKey.export({ format: "der", type: "spki" }), Buffer.from(csrOf("k1").spki));
    const issuer = new X509Certificate(harness.directory.active().certificate.der);
    assert.ok(certificate.verify(issuer.publicKey));
    assert.ok(certificate.checkIssued(issuer));
    assert.equal(certificate.serialNumber.toLowerCase(), answer.record.reservation?.serialNumber);
  });

  it("counts and audits before and after the signature", async () => {
    const harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const serialNumber = answer.record.reservation?.serialNumber;
    assert.deepEqual(
      harness.audit.map((event) => [event.event, event.serialNumber, event.attempts]),
      [
        ["certificate_reserved", serialNumber, 1],
        ["certificate_issued", serialNumber, 1],
      ],
    );
  });

  describe("keeps to itself", () => {
    it("a signature that does not verify; the next attempt signs the same bytes", async () => {
      const signed: Uint8Array[] = [];
      const harness = await issuanceHarness({
        alter: ({ signer, ...outside }) => ({
          ...outside,
          signer: {
            sign: (key, algorithm, message) => {
              signed.push(message);
              return signer.sign(key, algorithm, signed.length === 1 ? message.toReversed() : message);
            },
          },
        }),
      });
      const token = await harness.newToken({ maxUses: 1 });
      await assert.rejects(harness.enrol({ token, key: "k1" }), /does not verify/);
      assert.equal(harness.calls.at(-1), "signer.sign", "nothing is stored after it");
      const answer = await harness.enrol({ token, key: "k1" });
      assert.deepEqual(signed[0], signed[1]);
      assert.equal(answer.record.reservation?.attempts, 2, "both signatures are on record");
    });

    it("its own signature when another was stored first", async () => {
      const { directory, signer } = await testIssuing();
      const { keyArn, signatureAlgorithm } = directory.active();
      const harness = await issuanceHarness({
        alter: beforeCompleting(async (ledger, name) => {
          const tbs = (await ledger.read(name))?.reservation?.tbsCertificate;
          assert.ok(tbs);
          const { octets: signature } = await signer.sign(keyArn, signatureAlgorithm, tbs);
          await ledger.complete(name, { signature, at: NOW });
        }),
      });
      const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
      const stored = await harness.stores.ledger.read(answer.record.name);
      assert.ok(stored);
      assert.deepEqual(stored.completion?.at, NOW);
      assert.deepEqual(certificateIn(answer), certificateOf(stored, directory));
    });

    it("a certificate that was revoked while it was signed", async () => {
      const harness = await issuanceHarness({
        alter: beforeCompleting((ledger, name) =>
          ledger.revoke(name, { reason: "keyCompromise", by: "admin", at: NOW }),
        ),
      });
      await assert.rejects(harness.enrol({ token: await harness.newToken(), key: "k1" }), {
        code: "certificate_revoked",
      });
    });

    it("a certificate that was voided while it was signed", async () => {
      const harness = await issuanceHarness({
        alter: beforeCompleting((ledger, name) => ledger.void(name, NOW)),
      });
      await assert.rejects(harness.enrol({ token: await harness.newToken(), key: "k1" }), { code: "request_voided" });
    });
  });

  describe("signs nothing", () => {
    const refusals: readonly { why: string; broken: (outside: Outside) => Outside; thrown: object | RegExp }[] = [
      {
        why: "when the record could not be written",
        broken: (outside) => withLedger(outside, { reserve: () => Promise.reject(new Error("the table is gone")) }),
        thrown: /the table is gone/,
      },
      {
        why: "when the token turned out to be spent",
        broken: ({ tokens, ...outside }) => ({
          ...outside,
          tokens: { ...tokens, consume: () => Promise.resolve("spent") },
        }),
        thrown: { code: "token_spent" },
      },
      {
        why: "when the token was revoked a moment ago",
        broken: ({ tokens, ...outside }) => ({
          ...outside,
          tokens: { ...tokens, consume: () => Promise.resolve("unusable") },
        }),
        thrown: { code: "invalid_token" },
      },
      {
        why: "when the name could not be claimed",
        broken: ({ nodes, ...outside }) => ({ ...outside, nodes: { ...nodes, write: () => Promise.resolve(false) } }),
        thrown: { code: "request_in_progress" },
      },
      {
        why: "when it took so long that the claim may have lapsed",
        broken: (outside) => outside,
        thrown: /was given up before it wrote any more/,
      },
    ];
    for (const { why, broken, thrown } of refusals) {
      it(why, async () => {
        const harness: IssuanceHarness = await issuanceHarness({
          alter: broken,
          gate: (call, make) => {
            if (why.includes("took so long") && call.name === "ledger.reserve") harness.clock.advance(26);
            return make();
          },
        });
        await assert.rejects(harness.enrol({ token: await harness.newToken({ maxUses: 1 }), key: "k1" }), thrown);
        assert.ok(!harness.calls.includes("signer.sign"));
      });
    }

    it("when a retry took so long that the claim of the first attempt may have lapsed", async () => {
      const harness: IssuanceHarness = await issuanceHarness({
        gate: (call, make) => {
          if (call.name === "ledger.countAttempt") harness.clock.advance(26);
          return make();
        },
      });
      const token = await harness.newToken();
      harness.failures.add("signer.sign");
      await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
      harness.calls.length = 0;
      await assert.rejects(harness.enrol({ token, key: "k1" }), /was given up before it wrote any more/);
      assert.ok(!harness.calls.includes("signer.sign"));
    });

    it("while the name is held for another serial number than the reserved one", async () => {
      const harness: IssuanceHarness = await issuanceHarness({
        gate: async (call, make) => {
          // An operator releases the name between the two writes that claim it.
          if (call.name === "nodes.write" && isOperated) {
            await releaseNode({ ...harness.services, ...harness.stores }, "n1.example", "admin");
          }
          return make();
        },
      });
      let isOperated = false;
      const token = await harness.newToken();
      for (const call of ["ledger.reserve", "signer.sign"]) harness.failures.add(call);
      await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
      harness.failures.clear();
      isOperated = true;
      harness.calls.length = 0;
      await assert.rejects(harness.enrol({ token, key: "k1" }), { code: "request_in_progress" });
      assert.ok(!harness.calls.includes("signer.sign"));
      isOperated = false;
      assert.ok((await harness.enrol({ token, key: "k1" })).isNew);
    });

    it("for a reservation whose time ran out before it was signed", async () => {
      let isBusy = true;
      const harness = await issuanceHarness({
        alter: ({ signer, ...outside }) => ({
          ...outside,
          signer: {
            sign: (...call) =>
              isBusy
                ? Promise.reject(new RefusalError("signer_busy", "the key service is busy"))
                : signer.sign(...call),
          },
        }),
      });
      const token = await harness.newToken();
      const enrolment = { token, key: "k1", parameters: { ...PARAMETERS, lifetimeSeconds: 600 } };
      await assert.rejects(harness.enrol(enrolment), { code: "signer_busy" });
      isBusy = false;
      harness.clock.advance(601);
      harness.calls.length = 0;
      await assert.rejects(harness.enrol(enrolment), { code: "request_voided" });
      assert.deepEqual(writesOf(harness.calls), []);
    });
  });
});

function withLedger(outside: Outside, changes: Partial<IssuanceLedger>): Outside {
  return { ...outside, ledger: { ...outside.ledger, ...changes } };
}

/** Something happens to the record between the signature and its storing. */
function beforeCompleting(act: (ledger: IssuanceLedger, name: string) => Promise<unknown>) {
  return (outside: Outside): Outside =>
    withLedger(outside, {
      complete: async (name, completion) => {
        await act(outside.ledger, name);
        return outside.ledger.complete(name, completion);
      },
    });
}
