import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { REVOCATION_REASONS, type IssuanceRecord } from "../../core/issuance-record.ts";
import { settle, type NodeRecord } from "../../core/node-record.ts";
import { RefusalError } from "../../core/refusal.ts";
import { nodeStateOf, releaseNode, revokeNode } from "../../core/revoke.ts";
import { faultOfNodeName } from "../../core/node-name.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

const revocationSchema = z.strictObject({ reason: z._default(z.enum(REVOCATION_REASONS), "unspecified") });

export function nodeOperations(services: AdminServices) {
  return {
    "GET /v1/admin/nodes": async (event) => {
      const { items, cursor } = await services.nodes.list(pageRequest(queryOf(event, ["limit", "cursor"])));
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
  } satisfies Operations;
}

/** The item of a serving certificate has another key: an administrator names nodes, not keys. */
function nodeNameOf(event: APIGatewayProxyEventV2): string {
  const name = pathParameter(event, "name");
  if (faultOfNodeName(name) !== undefined)
    throw new RefusalError("not_found", `there is no node named ${JSON.stringify(name)}`, { field: "name" });
  return name;
}

async function describeNode(services: AdminServices, node: NodeRecord): Promise<unknown> {
  const [described] = await describeNodes(services, [node]);
  return described;
}

async function describeNodes(services: AdminServices, nodes: readonly NodeRecord[]): Promise<unknown[]> {
  const records = await services.ledger.readMany(nodes.flatMap(({ candidate }) => candidate?.intentName ?? []));
  const now = services.clock();
  return nodes.map((node) => describe(node, node.candidate && records.get(node.candidate.intentName), now));
}

function describe(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): unknown {
  const { anchor, candidate } = settle(node, record, now);
  const current = candidate !== undefined && record?.completion !== undefined ? candidate : anchor;
  return {
    nodeName: node.nodeName,
    state: nodeStateOf(node, record, now),
    serialNumber: current?.serialNumber ?? null,
    notAfter: current === undefined ? null : rfc3339(current.notAfter),
    generation: node.generation,
    lastSeenAt: node.lastSeenAt === undefined ? null : rfc3339(node.lastSeenAt),
    releasedAt: node.releasedAt === undefined ? null : rfc3339(node.releasedAt),
    revokedAt: node.revocation === undefined ? null : rfc3339(node.revocation.at),
    agentVersion: node.agent?.version ?? null,
    trustBundleSequence: node.agent?.trustBundleSequence ?? null,
  };
}
