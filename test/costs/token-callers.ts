import { MOST_OWN_READ } from "../../lambdas/node-api/kubernetes/read/own-requests.ts";
import { fetchWithToken } from "../../core/issuance/fetch-certificate.ts";
import { discover } from "../../core/token/discover.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { renewalInfo } from "../../core/renewal/renewal-info.ts";
import { PARAMETERS } from "../support/node-requests.ts";
import { issuanceRecord, randomIntentName } from "../support/stored-records.ts";
import { create, LARGEST_METADATA, refused } from "./requests.ts";
import { displacementsOfADay, replacementsOfADay } from "./paused-acts.ts";
import { throttled, type Caller } from "./caller.ts";
import { MAX_LIMITED_USES } from "../../core/token/token-record.ts";
import { waitingUses } from "./requests.ts";

const ENROLMENT = throttled("POST /v1/certificates");
const READING = throttled("GET /v1/certificates/{name}");
const CREATION = throttled("POST /apis/certificates.k8s.io/v1/certificatesigningrequests");
const LISTING = throttled("GET /apis/certificates.k8s.io/v1/certificatesigningrequests");

/** Who has nothing, or a bootstrap token. */
export const TOKEN_CALLERS: readonly Caller[] = [
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
    caller: "anybody",
    does: "has the largest token shown to be known: 1,000 uses, all waiting",
    ...throttled("GET /v1/discovery/{tokenId}"),
    cost: async ({ harness, measure, newToken }) => {
      const { id: tokenId } = await newToken({ ...waitingUses(MAX_LIMITED_USES), maxUses: MAX_LIMITED_USES });
      const statement = { tokenId, url: "https://ca.example", nonce: "n".repeat(22), trustBundleSha256: "" };
      return measure(() => refused(discover(harness.services, statement)));
    },
  },
  {
    caller: "token for 1,000 machines, used",
    does: "asks with another key",
    ...ENROLMENT,
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken({ ...waitingUses(MAX_LIMITED_USES), maxUses: MAX_LIMITED_USES });
      return measure(() => refused(harness.enrol({ token, key: "c1" })));
    },
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
    caller: "token for 1,000 machines, all waiting",
    does: "replaces each one's request by one of another key",
    limit: "pauses",
    timesADay: async () => MAX_LIMITED_USES * (await replacementsOfADay()),
    cost: async ({ harness, measure, newToken }) => {
      const token = await newToken({ ...waitingUses(MAX_LIMITED_USES - 1), maxUses: MAX_LIMITED_USES, groups: [] });
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
];
