import { confirmUse } from "../../core/issuance/confirm-use.ts";
import { fetchWithCertificate } from "../../core/issuance/fetch-certificate.ts";
import { assertStanding } from "../../core/claim/standing-certificate.ts";
import { revokeNode } from "../../core/revocation/revoke.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { certificateIn, PARAMETERS } from "../support/node-requests.ts";
import { randomIntentName } from "../support/stored-records.ts";
import { authenticatedBy, confirmed, confirmedCertificate, refused } from "./requests.ts";
import { displacementsOfADay } from "./paused-acts.ts";
import { throttled, type Caller } from "./caller.ts";

const RENEWAL = throttled("POST /v1/certificates/renew");
const READING = throttled("GET /v1/certificates/{name}");
const OBJECTS = throttled("ANY /apis/{proxy+}");

/** Who has a certificate, or had one. */
export const CERTIFICATE_CALLERS: readonly Caller[] = [
  {
    caller: "certificate of a node, or a copy of it",
    does: "renews with a new key each time, unconfirmed",
    limit: "pauses",
    timesADay: displacementsOfADay,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      await harness.renew({ certificate, key: "c2" });
      harness.clock.advance(1);
      return measure(() => harness.renew({ certificate, key: "c3" }));
    },
  },
  {
    caller: "certificate of a node, or a copy of it",
    does: "the same sooner than it may",
    ...RENEWAL,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      for (const key of ["c2", "c3"]) {
        await harness.renew({ certificate, key });
        harness.clock.advance(1);
      }
      return measure(() => refused(harness.renew({ certificate, key: "c4" })));
    },
  },
  {
    caller: "certificate of a node, or a copy of it",
    does: "renews and confirms, each time by the certificate before",
    ...RENEWAL,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      return measure(async () => {
        const renewed = await harness.renew({ certificate, key: "c2" });
        await harness.confirm(renewed.record.name, certificateIn(renewed));
      });
    },
  },
  {
    caller: "certificate of a node, or a copy of it",
    does: "reads, in its first quarter of an hour",
    ...READING,
    cost: async ({ harness, measure, newToken }) => {
      const authenticated = authenticatedBy(harness, await confirmedCertificate({ harness, newToken }));
      const request = { name: randomIntentName(), sourceIp: PARAMETERS.sourceIp, arrivedAt: harness.clock.now() };
      return measure(async () => {
        await confirmUse(harness.services, authenticated);
        await refused(fetchWithCertificate(harness.services, authenticated.identity, harness.directory, request));
      });
    },
  },
  {
    caller: "certificate that was replaced",
    does: "confirms",
    ...throttled("POST /v1/certificates/{name}/confirmation"),
    cost: async ({ harness, measure, newToken }) => {
      const { record, certificate } = await confirmed({ harness, newToken });
      const renewed = await harness.renew({ certificate, key: "c2" });
      await harness.confirm(renewed.record.name, certificateIn(renewed));
      await refused(harness.confirm(record.name, certificate));
      return measure(() => refused(harness.confirm(record.name, certificate)));
    },
  },
  {
    caller: "certificate that was replaced",
    does: "renews",
    ...RENEWAL,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      const renewed = await harness.renew({ certificate, key: "c2" });
      await harness.confirm(renewed.record.name, certificateIn(renewed));
      await refused(harness.renew({ certificate, key: "c3" }));
      return measure(() => refused(harness.renew({ certificate, key: "c4" })));
    },
  },
  {
    caller: "certificate that was revoked",
    does: "renews",
    ...RENEWAL,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      await revokeNode(harness.services, "n1.example", "keyCompromise", "ada");
      await refused(harness.renew({ certificate, key: "c3" }));
      return measure(() => refused(harness.renew({ certificate, key: "c4" })));
    },
  },
  {
    caller: "certificate that is not on record",
    does: "renews",
    ...RENEWAL,
    cost: async ({ harness, measure }) => {
      const elsewhere = await issuanceHarness();
      const certificate = await confirmedCertificate({
        harness: elsewhere,
        newToken: (changes) => elsewhere.newToken(changes),
      });
      harness.clock.advance(1);
      await refused(harness.renew({ certificate, key: "c3" }));
      return measure(() => refused(harness.renew({ certificate, key: "c4" })));
    },
  },
  {
    caller: "certificate that was replaced or revoked",
    does: "reads at Kubernetes' API",
    ...OBJECTS,
    cost: async ({ harness, measure, newToken }) => {
      const certificate = await confirmedCertificate({ harness, newToken });
      const renewed = await harness.renew({ certificate, key: "c2" });
      await harness.confirm(renewed.record.name, certificateIn(renewed));
      const { identity } = authenticatedBy(harness, certificate);
      return measure(() => refused(assertStanding(harness.services, identity)));
    },
  },
];
