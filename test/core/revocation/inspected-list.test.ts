import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRevocationListStore } from "../../../adapters/memory/revocation-list-store.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import type { Issuer } from "../../../core/authority/authority.ts";
import { WHOLE } from "../../../core/authority/revocation-shard.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { publishRevocationList } from "../../../core/revocation/publish-list.ts";
import { hoursFrom, NOW, testAuthorities } from "../../support/authorities.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { signLocally } from "../../../core/keys/signature-algorithm.ts";

const LIST = { authorityId: "issuing-g1", shard: WHOLE };
const PLAN = { shards: 1, lifetimeSeconds: 86_400, url: undefined } as const;

async function published(faulty: (issuer: Issuer) => Issuer) {
  const { issuer } = await testAuthorities();
  const events: AuditEvent[] = [];
  const signed: unknown[] = [];
  const lists = memoryRevocationListStore();
  const key = newKeyPair("P-256");
  const services = {
    lists,
    clock: () => NOW,
    audit: (event: AuditEvent) => void events.push(event),
    signer: {
      sign: (...[, algorithm, message]: Parameters<Parameters<typeof publishRevocationList>[0]["signer"]["sign"]>) => {
        signed.push(message);
        return Promise.resolve({ octets: signLocally(algorithm, message, key.privateKey), requestId: undefined });
      },
    },
  };
  const certificates = [
    { serialNumber: randomSerialNumber(), notAfter: hoursFrom(NOW, 24), revokedAt: NOW, reason: "superseded" as const },
  ];
  const content = { issuer: faulty(issuer), shard: WHOLE, certificates, distributionPoints: [] };
  const error: unknown = await publishRevocationList(services, PLAN, content, await lists.read(LIST)).catch(
    (thrown: unknown) => thrown,
  );
  return { error, events, signed, record: await lists.read(LIST) };
}

/** The encoder is the first to read this: it, and nobody after it, is given another CA's. */
function misencoded(issuer: Issuer, subjectKeyId: Uint8Array<ArrayBuffer>): Issuer {
  let reads = 0;
  return {
    ...issuer,
    get subjectKeyId() {
      return reads++ === 0 ? subjectKeyId : issuer.subjectKeyId;
    },
  };
}

describe("a revocation list that is not encoded as planned", () => {
  it("gets no number and no signature, is published nowhere, and raises the alarm", async () => {
    const { error, events, signed, record } = await published((issuer) => misencoded(issuer, Buffer.alloc(20, 7)));
    assert.ok(error instanceof InspectionError, String(error));
    assert.match(error.message, /authorityKeyIdentifier: expected [0-9a-f]{40}, got 0707/);
    assert.deepEqual(signed, []);
    assert.deepEqual([record.number, record.published], [0, undefined]);
    assert.deepEqual(
      events.map(({ event, authorityId, field }) => [event, authorityId, field]),
      [["inspection_failed", "issuing-g1", "authorityKeyIdentifier"]],
    );
  });
});
