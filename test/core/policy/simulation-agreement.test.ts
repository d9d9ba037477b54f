import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { describeName } from "../../../core/asn1/distinguished-name.ts";
import { enrol } from "../../../core/issuance/enrol.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { parseSimulationRequest } from "../../../core/policy/simulation-request.ts";
import { simulate } from "../../../core/policy/simulation.ts";
import type { TokenRecord } from "../../../core/token/token-record.ts";
import { buildCsr, extensionRequest, subjectOf } from "../../support/certificate-requests.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";
import { certificateIn, PARAMETERS } from "../../support/node-requests.ts";
import { dnsName, subjectAltName } from "../../support/profile-samples.ts";
import { simulatedCases } from "../../support/simulated-cases.ts";

describe("a simulation and a real enrolment", () => {
  it("agree: the decision, the rule and the field of a denial, all that a certificate says", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(simulatedCases, async ({ policy, request }) => {
        const { group, organizations, commonName, dnsNames, keyType, nodeNames, ...parameters } = request;
        const harness = await issuanceHarness({ policy });
        const token = await harness.newToken({ groups: [group], nodeNames });
        const attributes = dnsNames.length === 0 ? [] : [extensionRequest(subjectAltName(...dnsNames.map(dnsName)))];
        const der = buildCsr({
          keyPair: sharedKeyPair(keyType),
          subject: subjectOf(organizations, commonName),
          attributes,
        });
        const { signerName, usages, expirationSeconds } = parameters;
        const real = await enrol(harness.services, {
          token: encodeBootstrapToken(token),
          csr: () => parseCertificateRequest(der),
          parameters: { ...PARAMETERS, signerName, usages, lifetimeSeconds: expirationSeconds },
          arrivedAt: harness.clock.now(),
        }).catch((error: unknown) => {
          if (error instanceof RefusalError) return error;
          throw error;
        });
        const stored = await harness.stores.tokens.read(token.id);
        const said = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
        const identity = { tokenId: token.id };
        const now = harness.clock.now();
        const ask = (document: object, token?: TokenRecord) =>
          simulate(parseSimulationRequest(document, "it"), policy, now, token);
        const simulation = ask({ identity, csr: encodePem("CERTIFICATE REQUEST", der), ...said }, stored);
        const described = { subject: { organizations, commonName }, dnsNames, keyType, ...said };
        assert.deepEqual(ask({ identity, ...described }, stored), simulation, "as described and by its CSR");
        if (nodeNames.length === 0)
          assert.deepEqual(ask({ identity: { groups: [group] }, ...described }), simulation, "by group and by token");
        seen.add(simulation.decision);
        if (real instanceof RefusalError) {
          assert.deepEqual(
            [simulation.decision, simulation.code, simulation.rule, simulation.field, simulation.reason],
            ["Deny", real.code, real.rule, real.field, real.message],
          );
          return;
        }
        assert.equal(simulation.decision, real.issued === undefined ? "Pending" : "Issue");
        assert.ok(simulation.certificate !== undefined);
        assert.deepEqual(simulation.certificate.usages, real.record.usages);
        const waiting = harness.audit.find(({ event }) => event === "request_pending");
        if (waiting !== undefined) assert.equal(Reflect.get(waiting, "rule"), simulation.rule);
        if (real.issued === undefined) return;
        const certificate = parseCertificate(certificateIn(real));
        assert.equal(describeName(certificate.subject), simulation.certificate.subject);
        const lasts = (certificate.notAfter.getTime() - now.getTime()) / 1000;
        const backdate = simulation.certificate.lifetimeSeconds < 8 * 3600 ? 0 : 300;
        assert.equal(lasts + backdate, simulation.certificate.lifetimeSeconds);
      }),
      { numRuns: 400 },
    );
    assert.deepEqual([...seen].sort(), ["Deny", "Issue", "Pending"], "the property met every outcome");
  });
});
