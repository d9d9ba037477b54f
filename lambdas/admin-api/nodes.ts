import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { allowRecovery } from "../../core/claim/allow-recovery.ts";
import { REVOCATION_REASONS } from "../../core/ledger/issuance-record.ts";
import { recordsOfName } from "../../core/ledger/name-records.ts";
import { openUnknownUse, type NodeRecord } from "../../core/ledger/node-record.ts";
import { overdueNodes } from "../../core/renewal/overdue-nodes.ts";
import type { Page, PageRequest } from "../../core/ledger/page.ts";
import { RefusalError } from "../../core/refusal.ts";
import { prospectsOf, type Asked } from "../../core/renewal/prospects.ts";
import { requestRenewal } from "../../core/renewal/request-renewal.ts";
import { NODE_STATES, releaseNode, revokeNode, type NodeState } from "../../core/revocation/revoke.ts";
import { retiredIssuers } from "../../core/revocation/stranded.ts";
import { SIGNER_NAMES } from "../../core/certificate/profile.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { nameAnswer, nodeAnswer, type NodeAnswer } from "./answer/node.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

/** A day; the machine is in front of somebody. Longer than a month is a matter of policy. */
const DEFAULT_ALLOWANCE_SECONDS = 24 * 3600;
const MAX_ALLOWANCE_SECONDS = 30 * 24 * 3600;

const DEFAULT_RENEWAL_SECONDS = 3600;
/** Later than that most renew by themselves. */
const MAX_RENEWAL_SECONDS = 30 * 24 * 3600;

export const recoverySchema = z.strictObject({
  ttlSeconds: z._default(z.int().check(z.gte(60), z.lte(MAX_ALLOWANCE_SECONDS)), DEFAULT_ALLOWANCE_SECONDS),
  recoveries: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
});
export const renewalSchema = z.strictObject({
  withinSeconds: z._default(z.int().check(z.gte(0), z.lte(MAX_RENEWAL_SECONDS)), DEFAULT_RENEWAL_SECONDS),
});
export const revocationSchema = z.strictObject({
  reason: z._default(z.enum(REVOCATION_REASONS), "unspecified"),
  /** Of the answer before, while there is more to revoke. */
  cursor: z.optional(z.string()),
});

/** Of these a CA's retirement takes something. */
const LIVE: ReadonlySet<unknown> = new Set(["Active", "Joining", "Stranded"]);

export function nodeOperations(services: AdminServices) {
  const answer = async (nodes: readonly NodeRecord[], cursor?: string) =>
    json(200, { ...nameAnswer(await describeNodes(services, nodes)), cursor });
  return {
    "GET /v1/admin/nodes": async (event) => {
      const query = queryOf(event, ["limit", "cursor", "overdue", "unknown", "signerName", "state", "authority"]);
      const { overdue, unknown, signerName, state, authority, ...page } = query;
      const wanted = knownState(state);
      const signer = knownSigner(signerName);
      const list = isWanted("overdue", overdue)
        ? overduePage(services, pageRequest(page), signer)
        : services.nodes.list(pageRequest(page), signer);
      const { items: listed, cursor } = await list;
      const items = isWanted("unknown", unknown) ? listed.filter((node) => openUnknownUse(node) !== undefined) : listed;
      const described = await describeNodes(services, items);
      const isWantedNode = (node: NodeAnswer): boolean =>
        (wanted === undefined || node["state"] === wanted) &&
        (authority === undefined || (node["issuer"] === authority && LIVE.has(node["state"])));
      return json(200, { items: described.filter(isWantedNode), cursor });
    },
    "GET /v1/admin/nodes/{name}": async (event) => {
      const { name, signerName } = nodeAskedFor(event);
      return answer(await recordsOfName(services.nodes, name, signerName));
    },
    "POST /v1/admin/nodes/{name}/release": async (event) => {
      const { name, signerName } = nodeAskedFor(event);
      return answer(await releaseNode(services, name, administratorOf(event), signerName));
    },
    "POST /v1/admin/nodes/{name}/revocation": async (event) => {
      const { name, signerName } = nodeAskedFor(event);
      const { reason, cursor: from } = jsonBody(event, revocationSchema);
      const scope = { signerName, cursor: from };
      const { nodes, cursor } = await revokeNode(services, name, reason, administratorOf(event), scope);
      return answer(nodes, cursor);
    },
    "POST /v1/admin/nodes/{name}/recovery": async (event) => {
      const { name, signerName } = nodeAskedFor(event);
      const { ttlSeconds, recoveries } = jsonBody(event, recoverySchema);
      const until = new Date((Math.floor(services.clock().getTime() / 1000) + ttlSeconds) * 1000);
      const allowance = { until, recoveries };
      const scope = { signerName, assertProspect: await prospects(services, name, allowance) };
      return answer(await allowRecovery(services, name, allowance, administratorOf(event), scope));
    },
    "POST /v1/admin/nodes/{name}/renewal": async (event) => {
      const { name, signerName } = nodeAskedFor(event);
      const { withinSeconds } = jsonBody(event, renewalSchema);
      const scope = { signerName, assertProspect: await prospects(services, name, "renewal") };
      return answer(await requestRenewal(services, name, withinSeconds, administratorOf(event), scope));
    },
  } satisfies Operations;
}

/** A name, and the one signer that it is about; undefined: all. @throws RefusalError `malformed_request` */
function nodeAskedFor(event: APIGatewayProxyEventV2) {
  const { signerName } = queryOf(event, ["signerName"]);
  return { name: pathParameter(event, "name"), signerName: knownSigner(signerName) };
}

/** @throws RefusalError `not_found` */
async function prospects(services: AdminServices, name: string, asked: Asked) {
  return prospectsOf(services, await recordsOfName(services.nodes, name), asked);
}

/** @throws RefusalError `malformed_request` */
function knownState(text: string | undefined): NodeState | undefined {
  const state = NODE_STATES.find((one) => one === text);
  if (text === undefined || state !== undefined) return state;
  const message = `there is no state ${JSON.stringify(text.slice(0, 100))}; there are ${NODE_STATES.join(", ")}`;
  throw new RefusalError("malformed_request", message, { field: "state" });
}

function knownSigner(signerName: string | undefined): string | undefined {
  if (signerName === undefined || SIGNER_NAMES.includes(signerName)) return signerName;
  throw new RefusalError(
    "malformed_request",
    `there is no signer ${JSON.stringify(signerName.slice(0, 100))}; there are ${SIGNER_NAMES.join(", ")}`,
    { field: "signerName" },
  );
}

/** @throws RefusalError `malformed_request` */
function isWanted(field: "overdue" | "unknown", value: string | undefined): boolean {
  if (value === undefined || value === "true") return value === "true";
  throw new RefusalError("malformed_request", `"${field}" must be true or left out, got ${JSON.stringify(value)}`, {
    field,
  });
}

async function overduePage(
  services: AdminServices,
  page: PageRequest,
  signerName: string | undefined,
): Promise<Page<NodeRecord>> {
  const { items, cursor } = await overdueNodes(services, page, services.clock());
  const nodes = items.map(({ node }) => node);
  return { items: nodes.filter((node) => signerName === undefined || node.signerName === signerName), cursor };
}

async function describeNodes(services: AdminServices, nodes: readonly NodeRecord[]): Promise<NodeAnswer[]> {
  const slots = nodes.flatMap(({ anchor, candidate }) => [anchor, candidate]);
  const [records, directory] = await Promise.all([
    services.ledger.readMany(slots.flatMap((slot) => slot?.intentName ?? [])),
    services.issuers(),
  ]);
  const retired = retiredIssuers(directory.bundle);
  const now = services.clock();
  return nodes.map((node) => nodeAnswer(node, records, retired, now));
}
