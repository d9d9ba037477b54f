import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { allowRecovery } from "../../core/claim/allow-recovery.ts";
import { REVOCATION_REASONS } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../core/ledger/node-record.ts";
import { overdueNodes } from "../../core/renewal/overdue-nodes.ts";
import type { Page, PageRequest } from "../../core/ledger/page.ts";
import { RefusalError } from "../../core/refusal.ts";
import { requestRenewal } from "../../core/renewal/request-renewal.ts";
import { releaseNode, revokeNode } from "../../core/revocation/revoke.ts";
import { faultOfNodeName } from "../../core/certificate/node-name.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { nodeAnswer } from "./node-answer.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

/** A day; the machine is in front of somebody. Longer than a month is a matter of policy. */
const DEFAULT_ALLOWANCE_SECONDS = 24 * 3600;
const MAX_ALLOWANCE_SECONDS = 30 * 24 * 3600;

const DEFAULT_RENEWAL_SECONDS = 3600;
/** Later than that most renew by themselves. */
const MAX_RENEWAL_SECONDS = 30 * 24 * 3600;

const recoverySchema = z.strictObject({
  ttlSeconds: z._default(z.int().check(z.gte(60), z.lte(MAX_ALLOWANCE_SECONDS)), DEFAULT_ALLOWANCE_SECONDS),
  recoveries: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
});
const renewalSchema = z.strictObject({
  withinSeconds: z._default(z.int().check(z.gte(0), z.lte(MAX_RENEWAL_SECONDS)), DEFAULT_RENEWAL_SECONDS),
});
const revocationSchema = z.strictObject({ reason: z._default(z.enum(REVOCATION_REASONS), "unspecified") });

export function nodeOperations(services: AdminServices) {
  return {
    "GET /v1/admin/nodes": async (event) => {
      const { overdue, ...page } = queryOf(event, ["limit", "cursor", "overdue"]);
      const { items, cursor } = isOverdueWanted(overdue)
        ? await overduePage(services, pageRequest(page))
        : await services.nodes.list(pageRequest(page));
      return json(200, { items: await describeNodes(services, items), cursor });
    },
    "GET /v1/admin/nodes/{name}": async (event) => {
      const name = nodeNameOf(event);
      const node = await services.nodes.read(name);
      if (node === undefined)
        throw new RefusalError("not_found", `there is no node named ${JSON.stringify(name)}`, { field: "name" });
      return json(200, await describeNode(services, node));
    },
    "POST /v1/admin/nodes/{name}/release": async (event) =>
      json(200, await describeNode(services, await releaseNode(services, nodeNameOf(event), administratorOf(event)))),
    "POST /v1/admin/nodes/{name}/revocation": async (event) => {
      const { reason } = jsonBody(event, revocationSchema);
      return json(
        200,
        await describeNode(services, await revokeNode(services, nodeNameOf(event), reason, administratorOf(event))),
      );
    },
    "POST /v1/admin/nodes/{name}/recovery": async (event) => {
      const { ttlSeconds, recoveries } = jsonBody(event, recoverySchema);
      const until = new Date((Math.floor(services.clock().getTime() / 1000) + ttlSeconds) * 1000);
      const allowed = allowRecovery(services, nodeNameOf(event), { until, recoveries }, administratorOf(event));
      return json(200, await describeNode(services, await allowed));
    },
    "POST /v1/admin/nodes/{name}/renewal": async (event) => {
      const { withinSeconds } = jsonBody(event, renewalSchema);
      const requested = requestRenewal(services, nodeNameOf(event), withinSeconds, administratorOf(event));
      return json(200, await describeNode(services, await requested));
    },
  } satisfies Operations;
}

/** The item of a serving certificate has another key: an administrator names nodes, not keys. */
function nodeNameOf(event: APIGatewayProxyEventV2): string {
  const name = pathParameter(event, "name");
  if (faultOfNodeName(name) !== undefined)
    throw new RefusalError("not_found", `there is no node named ${JSON.stringify(name)}`, { field: "name" });
  return name;
}

/** @throws RefusalError `malformed_request` */
function isOverdueWanted(overdue: string | undefined): boolean {
  if (overdue === undefined || overdue === "true") return overdue === "true";
  throw new RefusalError("malformed_request", `"overdue" must be true or left out, got ${JSON.stringify(overdue)}`, {
    field: "overdue",
  });
}

async function overduePage(services: AdminServices, page: PageRequest): Promise<Page<NodeRecord>> {
  const { items, cursor } = await overdueNodes(services, page, services.clock());
  return { items: items.map(({ node }) => node), cursor };
}

async function describeNode(services: AdminServices, node: NodeRecord): Promise<unknown> {
  const [described] = await describeNodes(services, [node]);
  return described;
}

async function describeNodes(services: AdminServices, nodes: readonly NodeRecord[]): Promise<unknown[]> {
  const slots = nodes.flatMap(({ anchor, candidate }) => [anchor, candidate]);
  const records = await services.ledger.readMany(slots.flatMap((slot) => slot?.intentName ?? []));
  const now = services.clock();
  return nodes.map((node) => nodeAnswer(node, records, now));
}
