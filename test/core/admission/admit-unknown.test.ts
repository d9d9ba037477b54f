import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { endAdmission, openAdmission } from "../../../core/admission/change-admission.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { isSerialNumber, type SerialNumber } from "../../../core/certificate/serial-number.ts";
import { allowRecovery } from "../../../core/claim/allow-recovery.ts";
import { releaseNode, revokeCertificate, revokeNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { backUp } from "../../support/table-backup.ts";

const NODE = "n1.example";
const DAY = 24 * 3600;
const HOUR = 3600;
const UNKNOWN = { code: "certificate_unknown" };
const SUPERSEDED = { code: "certificate_superseded" };
const ADMIN = "arn:aws:iam::111122223333:user/operator";

function serialOf(certificate: Der): SerialNumber {
  const { serialNumber } = parseCertificate(certificate);
  assert.ok(isSerialNumber(serialNumber));
  return serialNumber;
}

/** Finding 3 of pki-reports.md: a node renewed after the backup that its service was restored from. */
describe("a certificate that a restored table does not know", () => {
  let harness: IssuanceHarness;
  let backedUpAt: Date;
  /** What the backup knows, and what it does not. */
  let before: Der;
  let after: Der;

  beforeEach(async () => {
    harness = await issuanceHarness();
    harness.clock.advance(DAY);
    const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    before = certificateIn(enrolled);
    await harness.confirm(enrolled.record.name, before);
    harness.clock.advance(HOUR);
    backedUpAt = harness.clock.now();
    const restore = backUp(harness);
    harness.clock.advance(HOUR);
    const renewed = await harness.renew({ certificate: before, key: "k2" });
    after = certificateIn(renewed);
    await harness.confirm(renewed.record.name, after);
    harness.clock.advance(HOUR);
    restore("nodes", "issuances");
    harness.audit.length = 0;
    harness.calls.length = 0;
  });

  const open = (issuedAfter = backedUpAt, except: readonly string[] = []) => {
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    const services = { ...harness.services, admissions: harness.stores.admissions };
    return openAdmission(services, { issuedAfter, until, except }, ADMIN);
  };
  const node = () => harness.stores.nodes.read(NODE);
  const eventsNamed = (name: string) => harness.audit.filter(({ event }) => event === name);
  const renewAfter = (key = "k3") => harness.renew({ certificate: after, key });

  it("is refused by a code of its own, accuses nobody, and is noted on the node once a minute", async () => {
    for (let second = 0; second < 90; second += 10) {
      await assert.rejects(renewAfter(`k${second}`), { ...UNKNOWN, message: /nodeseal recovery admit/ });
      harness.clock.advance(10);
    }
    assert.equal(eventsNamed("certificate_superseded_used").length, 0);
    const [first, second, ...more] = eventsNamed("certificate_unknown_used");
    assert.deepEqual(more, []);
    assert.ok(second);
    assert.equal(first?.serialNumber, serialOf(after));
    assert.equal(first.nodeName, NODE);
    const stored = await node();
    assert.equal(stored?.supersededUse, undefined);
    assert.equal(stored?.unknownUse?.serialNumber, serialOf(after));
    assert.equal(harness.calls.filter((call) => call === "nodes.write").length, 2);
  });

  it("is admitted by its next renewal, once an operator says so: put back on record, and recorded", async () => {
    await assert.rejects(renewAfter(), UNKNOWN);
    await open();
    const renewed = await renewAfter();
    assert.ok(renewed.isNew);
    const stored = await node();
    assert.ok(stored);
    assert.deepEqual(stored.admission, { serialNumber: serialOf(after), at: harness.clock.now(), by: ADMIN });
    assert.equal(stored.unknownUse, undefined);
    assert.deepEqual(
      eventsNamed("certificate_admitted").map(({ serialNumber, nodeName }) => [serialNumber, nodeName]),
      [[serialOf(after), NODE]],
    );
    const { notAfter } = parseCertificate(after);
    const filter = { expiresFrom: notAfter, expiresUntil: notAfter };
    const record = await harness.stores.ledger.findBySerialNumber(serialOf(after), filter);
    assert.ok(record?.completion);
    assert.equal(record.decision?.by, ADMIN);
    await harness.confirm(renewed.record.name, certificateIn(renewed));
    assert.ok((await harness.renew({ certificate: certificateIn(renewed), key: "k4" })).isNew);
  });

  it("is admitted once: the next use of it is judged as usual", async () => {
    await open();
    const renewed = await renewAfter();
    await harness.confirm(renewed.record.name, certificateIn(renewed));
    harness.clock.advance(1);
    await assert.rejects(renewAfter("k4"), SUPERSEDED);
    assert.equal(eventsNamed("certificate_superseded_used").length, 1);
    assert.equal(eventsNamed("certificate_admitted").length, 1);
  });

  it("is admitted once, whatever comes at the same time", async () => {
    await open();
    const answers = await Promise.allSettled(["a", "b", "c", "d"].map((key) => renewAfter(key)));
    assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1);
    for (const answer of answers)
      if (answer.status === "rejected") assert.equal((answer.reason as { code: string }).code, "request_in_progress");
    assert.equal(eventsNamed("certificate_admitted").length, 1);
  });

  it("gives a retry the same certificate, and a node that lost key and answer another one", async () => {
    await open();
    const first = await renewAfter();
    harness.clock.advance(1);
    assert.deepEqual(certificateIn(await renewAfter()), certificateIn(first));
    harness.clock.advance(1);
    assert.ok((await renewAfter("another")).isNew);
    assert.equal(eventsNamed("certificate_admitted").length, 1);
  });

  for (const call of ["ledger.reserve", "ledger.complete", "nodes.write", "nodes.succeed", "signer.sign"]) {
    it(`is admitted by a retry when the function dies at ${call}`, async () => {
      await open();
      harness.failures.add(call);
      await assert.rejects(renewAfter(), /the function died/);
      harness.clock.advance(61);
      assert.ok((await renewAfter()).issued);
      assert.ok(eventsNamed("certificate_admitted").length <= 1);
      assert.equal(eventsNamed("certificate_superseded_used").length, 0);
    });
  }

  it("leaves a copy of what the backup does know refused and reported, before, meanwhile and after", async () => {
    harness.clock.advance(1);
    const copy = before;
    const current = await harness.renew({ certificate: before, key: "thief or node" });
    await harness.confirm(current.record.name, certificateIn(current));
    harness.audit.length = 0;
    await open();
    await assert.rejects(harness.renew({ certificate: copy, key: "k9" }), SUPERSEDED);
    assert.equal(eventsNamed("certificate_superseded_used").length, 1);
    // The name's holder is newer than what was lost: whose it is nobody can tell.
    await assert.rejects(renewAfter(), { ...UNKNOWN, message: /newer certificate/ });
    assert.equal(eventsNamed("certificate_superseded_used").length, 1);
  });

  it("is not admitted where it was issued before the restore point", async () => {
    await open(new Date(harness.clock.now().getTime() - 60_000));
    await assert.rejects(renewAfter(), { ...UNKNOWN, message: /not of those that are admitted/ });
  });

  it("is not admitted where it was issued after the act: then it would be on record", async () => {
    await open();
    harness.clock.advance(HOUR);
    const restore = backUp(harness);
    const late = await harness.renew({ certificate: before, key: "k3" });
    restore("nodes", "issuances");
    await assert.rejects(harness.renew({ certificate: certificateIn(late), key: "k4" }), {
      ...UNKNOWN,
      message: /not of those that are admitted/,
    });
  });

  it("is not admitted after the end of the admission, or once an operator ends it", async () => {
    await open();
    harness.clock.advance(DAY + 1);
    await assert.rejects(renewAfter(), UNKNOWN);
    await open();
    await endAdmission({ ...harness.services, admissions: harness.stores.admissions }, ADMIN);
    await assert.rejects(renewAfter(), UNKNOWN);
    assert.deepEqual(
      harness.audit.filter(({ event }) => event.startsWith("recovery_admission")).map(({ event }) => event),
      ["recovery_admission_opened", "recovery_admission_opened", "recovery_admission_ended"],
    );
  });

  it("is not admitted for a revoked node, nor for one that was released since", async () => {
    await open();
    await revokeNode(harness.services, NODE, "keyCompromise", ADMIN);
    await assert.rejects(renewAfter(), { code: "certificate_revoked" });
    await releaseNode(harness.services, NODE, ADMIN);
    await assert.rejects(renewAfter("k4"), { ...UNKNOWN, message: /released/ });
  });

  it("is not admitted where an operator excepts its name", async () => {
    await open(backedUpAt, ["other.example", NODE]);
    await assert.rejects(renewAfter(), { ...UNKNOWN, message: /excepted/ });
    await open(backedUpAt, ["other.example"]);
    assert.ok((await renewAfter()).isNew);
  });

  it("can be revoked by its serial number, once it is admitted", async () => {
    await open();
    await renewAfter();
    const { notAfter } = parseCertificate(after);
    const filter = { expiresFrom: notAfter, expiresUntil: notAfter };
    await revokeCertificate(harness.services, serialOf(after), filter, "keyCompromise", ADMIN);
    await assert.rejects(renewAfter("k4"), { code: "certificate_revoked" });
  });

  it("recovers when it has expired, within the limits of every recovery", async () => {
    harness.clock.advance(8 * DAY);
    await assert.rejects(renewAfter(), UNKNOWN);
    await open();
    const recovered = await renewAfter();
    assert.ok(recovered.isNew);
    assert.equal((await node())?.lastRecovery?.count, 1);
    assert.equal(eventsNamed("certificate_recovered").length, 1);
  });

  it("is not called unknown when its record may have been deleted by its time", async () => {
    harness.clock.advance(100 * DAY);
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    await allowRecovery(harness.services, NODE, { until, recoveries: 3 }, ADMIN);
    await open();
    await assert.rejects(renewAfter(), SUPERSEDED);
    assert.equal(eventsNamed("certificate_admitted").length, 0);
  });

  it("is told apart where it confirms, and where it asks for a serving certificate", async () => {
    await assert.rejects(harness.confirm("csr-" + "a".repeat(43), after), UNKNOWN);
    assert.equal(eventsNamed("certificate_superseded_used").length, 0);
    assert.equal(eventsNamed("certificate_unknown_used").length, 1);
    await assert.rejects(harness.confirm("csr-" + "a".repeat(43), before), { code: "not_found" });
  });
});
