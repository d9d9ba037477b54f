import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificate } from "../../../../core/certificate/certificate.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../../../core/authority/reconciliation/create-authority.ts";
import { authorityServices } from "../../../support/authorities.ts";

describe("creating the CAs again after a crash", () => {
  it("signs the TBSCertificates the first attempt recorded, whatever the clock and the dice say now", async () => {
    const services = authorityServices();
    const signed: string[] = [];
    const signer: typeof services.signer = {
      sign: (keyArn, algorithm, message) => {
        signed.push(Buffer.from(message).toString("hex"));
        return services.signer.sign(keyArn, algorithm, message);
      },
    };
    const crashing = { ...services.authorities, write: () => Promise.reject(new Error("crash")) };
    const first = createFirstAuthorities({ ...services, signer, authorities: crashing }, DEFAULT_AUTHORITY_PLAN);
    await assert.rejects(first, /crash/);
    const later = (): Date => new Date(services.clock().getTime() + 3600_000);
    const { authorities } = await createFirstAuthorities({ ...services, signer, clock: later }, DEFAULT_AUTHORITY_PLAN);
    assert.equal(signed.length, 4);
    assert.equal(new Set(signed).size, 2);
    for (const { certificate } of authorities)
      assert.ok(parseCertificate(certificate).notBefore.getTime() < services.clock().getTime());
  });

  it("stops when the alias names another key by then", async () => {
    const services = authorityServices();
    const crashing = { ...services.authorities, write: () => Promise.reject(new Error("crash")) };
    await assert.rejects(
      createFirstAuthorities({ ...services, authorities: crashing }, DEFAULT_AUTHORITY_PLAN),
      /crash/,
    );
    services.keyPairs.clear();
    await assert.rejects(
      createFirstAuthorities(services, DEFAULT_AUTHORITY_PLAN),
      /root-g1 was begun with another key/,
    );
  });
});
