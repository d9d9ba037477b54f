import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dynamoDbRecoveryAdmissionStore } from "../../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { openAdmission } from "../../core/admission/change-admission.ts";
import type { RecoveryAdmissionStore } from "../../core/admission/recovery-admission.ts";
import type { Der } from "../../core/asn1/der.ts";
import { openUnknownUse, type NodeRecord } from "../../core/ledger/node-record.ts";
import type { IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import type { NodeStore } from "../../core/ledger/node-store.ts";
import { RefusalError } from "../../core/refusal.ts";
import { backUpTable } from "../support/dynamodb-backup.ts";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { issuanceHarness, type IssuanceHarness } from "../support/issuance-harness.ts";
import { certificateIn } from "../support/node-requests.ts";

const NODES = 50;
/** Every second node renewed after the backup, and every tenth twice. */
const isForgotten = (index: number): boolean => index % 2 === 0;
const wasRenewedTwice = (index: number): boolean => index % 10 === 0;
/** Its first disk was copied; it renewed before the backup, which therefore knows that the copy is old. */
const COPIED = 1;
const HOUR = 3600;
const ADMIN = "arn:aws:iam::111122223333:user/operator";

const nameOf = (index: number): string => `node-${String(index).padStart(2, "0")}.example`;
const all = Array.from({ length: NODES }, (_, index) => index);

/** docs/operations.md, "After a restore", with the stores that are deployed. */
describe("the drill: yesterday's tables, and a fleet of fifty", () => {
  let server: DynamoDbServer;
  let harness: IssuanceHarness;
  let nodes: NodeStore;
  let ledger: IssuanceLedger;
  let admissions: RecoveryAdmissionStore;
  let backedUpAt: Date;
  let copy: Der;
  const certificates = new Map<number, Der>();
  let keys = 0;

  const renew = async (index: number, certificate = certificates.get(index)): Promise<void> => {
    assert.ok(certificate);
    const nodeName = nameOf(index);
    const answer = await harness.renew({ certificate, key: `drill-${keys++}`, nodeName });
    certificates.set(index, certificateIn(answer));
    await harness.confirm(answer.record.name, certificateIn(answer));
  };
  /** Nodes by what their renewal came to: a refusal's code, or renewed. */
  const renewAll = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
    const outcomes = new Map<string, number[]>();
    await Promise.all(
      all.map(async (index) => {
        const outcome = await renew(index).then(
          () => "renewed",
          (error: unknown) => (error instanceof RefusalError ? error.code : String(error)),
        );
        outcomes.set(
          outcome,
          [...(outcomes.get(outcome) ?? []), index].sort((one, other) => one - other),
        );
      }),
    );
    return outcomes;
  };
  const eventsNamed = (name: string) => harness.audit.filter(({ event }) => event === name);
  const affected = async (): Promise<readonly NodeRecord[]> =>
    (await nodes.list({ limit: 1000, cursor: undefined })).items.filter((node) => openUnknownUse(node) !== undefined);
  const useCopy = () =>
    assert.rejects(harness.renew({ certificate: copy, key: `drill-${keys++}`, nodeName: nameOf(COPIED) }), {
      code: "certificate_superseded",
    });

  before(async () => {
    server = await startDynalite();
    const [nodeTable, issuanceTable, authorityTable] = [
      await freshTable(server.client, "nodes"),
      await freshTable(server.client, "issuances"),
      await freshTable(server.client, "authorities"),
    ];
    nodes = dynamoDbNodeStore(nodeTable);
    ledger = dynamoDbIssuanceLedger(issuanceTable);
    admissions = dynamoDbRecoveryAdmissionStore(authorityTable);
    harness = await issuanceHarness({ alter: (outside) => ({ ...outside, nodes, ledger, admissions }) });
    harness.clock.advance(24 * HOUR);
    const token = await harness.newToken();
    for (const index of all) {
      const nodeName = nameOf(index);
      const answer = await harness.enrol({ token, key: `drill-${keys++}`, nodeName });
      certificates.set(index, certificateIn(answer));
      await harness.confirm(answer.record.name, certificateIn(answer));
    }
    copy = certificates.get(COPIED) ?? copy;
    harness.clock.advance(HOUR);
    await renew(COPIED);
    harness.clock.advance(HOUR);

    backedUpAt = harness.clock.now();
    const restores = [await backUpTable(nodeTable, "nodes"), await backUpTable(issuanceTable, "issuances")];
    harness.clock.advance(HOUR);
    for (const index of all.filter(isForgotten)) await renew(index);
    harness.clock.advance(HOUR);
    for (const index of all.filter(wasRenewedTwice)) await renew(index);
    harness.clock.advance(20 * HOUR);
    for (const restore of restores) await restore();
    harness.audit.length = 0;
  });
  after(() => server.close());

  it("refuses those it does not know, serves the others, and accuses nobody", async () => {
    const outcomes = await renewAll();
    assert.deepEqual(outcomes.get("certificate_unknown"), all.filter(isForgotten));
    assert.deepEqual(
      outcomes.get("renewed"),
      all.filter((index) => !isForgotten(index)),
    );
    assert.equal(outcomes.size, 2);
    assert.equal(eventsNamed("certificate_superseded_used").length, 0);
    assert.equal(eventsNamed("certificate_unknown_used").length, NODES / 2);
    assert.deepEqual(
      (await affected()).map(({ nodeName }) => nodeName),
      all.filter(isForgotten).map(nameOf),
    );
  });

  it("heals by one command: each that is not on record is admitted, exactly once", async () => {
    const until = new Date(harness.clock.now().getTime() + 72 * HOUR * 1000);
    await openAdmission({ ...harness.services, admissions }, { issuedAfter: backedUpAt, until, except: [] }, ADMIN);
    const forgotten = new Map(certificates);
    for (let round = 0; round < 3; round++) {
      harness.clock.advance(HOUR);
      const outcomes = await renewAll();
      assert.deepEqual([...outcomes.keys()], ["renewed"]);
    }
    const admitted = eventsNamed("certificate_admitted").map(({ nodeName }) => nodeName);
    assert.deepEqual(admitted.toSorted(), all.filter(isForgotten).map(nameOf));
    assert.equal(eventsNamed("certificate_superseded_used").length, 0);
    assert.deepEqual(await affected(), []);
    for (const node of (await nodes.list({ limit: 1000, cursor: undefined })).items) {
      assert.equal(node.supersededUse, undefined, node.nodeName);
      assert.equal(node.admission !== undefined, admitted.includes(node.nodeName), node.nodeName);
    }
    // What was admitted is like any other from then on: replaced, known as such, and reported when it is used again.
    for (const index of all.filter(isForgotten)) {
      const certificate = forgotten.get(index);
      await assert.rejects(renew(index, certificate), { code: "certificate_superseded" });
    }
    assert.equal(eventsNamed("certificate_superseded_used").length, NODES / 2);
    assert.equal(eventsNamed("certificate_admitted").length, NODES / 2);
  });

  it("still refuses and reports a copied disk, meanwhile", async () => {
    harness.audit.length = 0;
    await useCopy();
    assert.equal(eventsNamed("certificate_superseded_used").length, 1);
    assert.equal((await nodes.read(nameOf(COPIED)))?.supersededUse?.count, 1);
    assert.equal(eventsNamed("certificate_unknown_used").length, 0);
  });

  it("ends by itself", async () => {
    harness.clock.advance(73 * HOUR);
    const admission = await admissions.read();
    assert.ok(admission !== undefined && admission.until < harness.clock.now());
    assert.deepEqual([...(await renewAll()).keys()], ["renewed"]);
  });
});
