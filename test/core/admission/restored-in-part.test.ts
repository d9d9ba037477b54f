import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openAdmission } from "../../../core/admission/change-admission.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { backUp } from "../../support/table-backup.ts";

const NODE = "n1.example";
const DAY = 24 * 3600;
const HOUR = 3600;
const UNKNOWN = { code: "certificate_unknown" };
const ADMIN = "arn:aws:iam::111122223333:user/operator";

describe("tables that were restored in part", () => {
  it("know a certificate that is on record and that its node's record forgot, as unknown, and admit it", async () => {
    const harness = await issuanceHarness();
    harness.clock.advance(DAY);
    const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await harness.confirm(enrolled.record.name, certificateIn(enrolled));
    const restore = backUp(harness);
    const backedUpAt = harness.clock.now();
    harness.clock.advance(HOUR);
    const renewed = await harness.renew({ certificate: certificateIn(enrolled), key: "k2" });
    await harness.confirm(renewed.record.name, certificateIn(renewed));
    restore("nodes");
    const again = (key: string) => harness.renew({ certificate: certificateIn(renewed), key });
    await assert.rejects(again("k3"), UNKNOWN);
    assert.ok(!harness.audit.some(({ event }) => event === "certificate_superseded_used"));
    await assert.rejects(harness.confirm(renewed.record.name, certificateIn(renewed)), UNKNOWN);
    const services = { ...harness.services, admissions: harness.stores.admissions };
    harness.clock.advance(1);
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    await openAdmission(services, { issuedAfter: backedUpAt, until, except: [] }, ADMIN);
    assert.ok((await again("k3")).isNew);
  });

  it("know a certificate of which they have the reservation and no signature as unknown, and admit it", async () => {
    let restore: ReturnType<typeof backUp> = () => undefined;
    const harness: IssuanceHarness = await issuanceHarness({
      gate: (call, make) => {
        if (call.name === "signer.sign") restore = backUp(harness);
        return make();
      },
    });
    harness.clock.advance(DAY);
    const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await harness.confirm(enrolled.record.name, certificateIn(enrolled));
    const backedUpAt = harness.clock.now();
    harness.clock.advance(HOUR);
    const renewed = await harness.renew({ certificate: certificateIn(enrolled), key: "k2" });
    await harness.confirm(renewed.record.name, certificateIn(renewed));
    harness.clock.advance(HOUR);
    restore("nodes", "issuances");
    const again = () => harness.renew({ certificate: certificateIn(renewed), key: "k3" });
    await assert.rejects(again(), UNKNOWN);
    const services = { ...harness.services, admissions: harness.stores.admissions };
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    await openAdmission(services, { issuedAfter: backedUpAt, until, except: [] }, ADMIN);
    assert.ok((await again()).isNew);
    const { serialNumber, notAfter } = renewed.record.reservation ?? assert.fail("it was reserved");
    const filter = { expiresFrom: notAfter, expiresUntil: notAfter };
    const stored = await harness.stores.ledger.findBySerialNumber(serialNumber, filter);
    assert.deepEqual(stored?.completion?.signature, renewed.record.completion?.signature);
    assert.equal(stored?.name, renewed.record.name, "no second record has its serial number");
    assert.equal((await harness.stores.nodes.read(NODE))?.anchor?.serialNumber, serialNumber);
  });

  it("know a node that joined after the backup as unknown, show it as such, and admit it", async () => {
    const harness = await issuanceHarness();
    harness.clock.advance(DAY);
    const restore = backUp(harness);
    const backedUpAt = harness.clock.now();
    harness.clock.advance(HOUR);
    const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await harness.confirm(enrolled.record.name, certificateIn(enrolled));
    restore("nodes", "issuances");
    const again = () => harness.renew({ certificate: certificateIn(enrolled), key: "k2" });
    await assert.rejects(again(), UNKNOWN);
    const noted = await harness.stores.nodes.read(NODE);
    assert.equal(noted?.unknownUse?.serialNumber, parseCertificate(certificateIn(enrolled)).serialNumber);
    assert.deepEqual([noted.anchor, noted.candidate, noted.generation], [undefined, undefined, 0]);
    const services = { ...harness.services, admissions: harness.stores.admissions };
    harness.clock.advance(1);
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    await openAdmission(services, { issuedAfter: backedUpAt, until, except: [] }, ADMIN);
    assert.ok((await again()).isNew);
  });
});
