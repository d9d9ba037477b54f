import { throttledKubernetesRoute, throttledNodeRoutes } from "../../infra/settings/route-throttles.ts";
import { kubernetesRoutes, watchRoutes } from "../../lambdas/node-api/kubernetes/routes.ts";
import { routes } from "../../lambdas/node-api/routes.ts";
import { MOST_OWN_READ } from "../../lambdas/node-api/kubernetes/read/own-requests.ts";
import { fetchWithToken } from "../../core/issuance/fetch-certificate.ts";
import { authenticateCertificate } from "../../core/issuance/authenticate-certificate.ts";
import { assertStanding } from "../../core/claim/standing-certificate.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { renewalInfo } from "../../core/renewal/renewal-info.ts";
import { revokeNode } from "../../core/revocation/revoke.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { certificateIn, PARAMETERS } from "../support/node-requests.ts";
import { issuanceRecord, randomIntentName } from "../support/stored-records.ts";
import type { Cost, CostHarness } from "./cost-harness.ts";
import { confirmedCertificate, create, LARGEST_METADATA, refused } from "./requests.ts";
import { displacementsOfADay, replacementsOfADay } from "./paused-acts.ts";

const DAY_SECONDS = 24 * 3600;
/** One kind of caller, doing the most expensive thing of its kind over and over. */
export interface Caller {
  readonly caller: string;
  readonly does: string;
  /** What stops it. */
  readonly limit: string;
  readonly timesADay: () => Promise<number>;
  readonly cost: (harness: CostHarness) => Promise<Cost>;
}

function throttled(routeKey: string): Pick<Caller, "limit" | "timesADay"> {
  const kubernetes = [...kubernetesRoutes, ...watchRoutes].map(throttledKubernetesRoute);
  const found = [...throttledNodeRoutes(routes, true), ...kubernetes].find((route) => route.routeKey === routeKey);
  if (found === undefined) throw new Error(`there is no route ${routeKey}`);
  const { requestsPerSecond } = found.throttle;
  const timesADay = () => Promise.resolve(requestsPerSecond * DAY_SECONDS);
  return { limit: `route: ${requestsPerSecond}/s`, timesADay };
}

const ENROLMENT = throttled("POST /v1/certificates");
const RENEWAL = throttled("POST /v1/certificates/renew");
const READING = throttled("GET /v1/certificates/{name}");
const CREATION = throttled("POST /apis/certificates.k8s.io/v1/certificatesigningrequests");
const LISTING = throttled("GET /apis/certificates.k8s.io/v1/certificatesigningrequests");
const OBJECTS = throttled("ANY /apis/{proxy+}");

/** From those who have nothing to those who have most. */
export const CALLERS: readonly Caller[] = [
  {
    caller: "anybody",
    does: "asks for certificates with a token that is none",
    ...ENROLMENT,
    cost: ({ harness, measure }) => measure(() => refused(harness.enrol({ token: randomBootstrapToken(), key: "c1" }))),
  },
  {
    caller: "anybody",
    does: "asks when a certificate is to be renewed",
    ...throttled("GET /v1/certificates/{name}/renewal-window"),
    cost: ({ harness, measure }) => measure(() => refused(renewalInfo(harness.services, randomIntentName()))),
  },
  {
    caller: "token for one machine, used",
    does: "asks with another key",
    ...ENROLMENT,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken({ maxUses: 1 });
      await harness.enrol({ token, key: "c1" });
      return measure(() => refused(harness.enrol({ token, key: "c2" })));
    },
  },
  {
    caller: "token for one machine, used",
    does: "asks for its certificate again",
    ...READING,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken({ maxUses: 1 });
      const { record } = await harness.enrol({ token, key: "c1" });
      const request = { name: record.name, sourceIp: PARAMETERS.sourceIp, arrivedAt: harness.clock.now() };
      return measure(() => fetchWithToken(harness.services, encodeBootstrapToken(token), request));
    },
  },
  {
    caller: "token for one machine, waiting",
    does: "replaces its request by one of another key",
    limit: "pauses",
    timesADay: replacementsOfADay,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken({ maxUses: 1, groups: [] });
      await harness.enrol({ token, key: "c1" });
      harness.clock.advance(60);
      return measure(() => harness.enrol({ token, key: "c2" }));
    },
  },
  {
    caller: "token of any number of uses",
    does: "takes a new name each time",
    ...ENROLMENT,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken();
      return measure(() => harness.enrol({ token, key: "c1" }));
    },
  },
  {
    caller: "token of any number of uses",
    does: "the same at Kubernetes' API, with 16 KiB of annotations",
    ...CREATION,
    cost: async (costs) => {
      const token = await costs.newToken();
      return costs.measure(() => create(costs, token, "c1"));
    },
  },
  {
    caller: "token of any number of uses",
    does: "takes one name again and again, unconfirmed; of each name",
    limit: "pauses",
    timesADay: displacementsOfADay,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken();
      await harness.enrol({ token, key: "c1" });
      harness.clock.advance(1);
      return measure(() => harness.enrol({ token, key: "c2" }));
    },
  },
  {
    caller: "token of any number of uses",
    does: `lists or watches ${MOST_OWN_READ} requests of its own with 16 KiB each`,
    ...LISTING,
    cost: async ({ harness, stores, measure, newToken }) => {
      const token = await newToken();
      const username = `system:bootstrap:${token.id}`;
      const createdAt = harness.clock.now();
      const metadata = { ...LARGEST_METADATA, at: createdAt };
      // More than a page.
      for (let index = 0; index < MOST_OWN_READ + 20; index++)
        await stores.ledger.createPending(
          issuanceRecord({ name: `own-${index}`, createdAt, username, tokenId: token.id, metadata }),
        );
      const since = new Date(createdAt.getTime() - 1000);
      const page = { limit: MOST_OWN_READ, cursor: undefined };
      return measure(async () => {
        await stores.tokens.read(token.id);
        await stores.ledger.listOwned({ username, tokenId: token.id }, since, page);
      });
    },
  },
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
      const { identity } = authenticateCertificate(
        certificate,
        harness.directory,
        harness.clock.now(),
        "invalid_client_certificate",
      );
      return measure(() => refused(assertStanding(harness.services, identity)));
    },
  },
];
