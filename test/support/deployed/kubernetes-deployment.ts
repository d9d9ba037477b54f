import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { administratorToken } from "../../../cli/service/administrator-token.ts";
import { administrationRoutes } from "../../../lambdas/admin-api/kubernetes-routes.ts";
import { routes as adminApiRoutes } from "../../../lambdas/admin-api/routes.ts";
import { kubernetesRoutes, watchRoutes } from "../../../lambdas/node-api/kubernetes/routes.ts";
import { routes as nodeApiRoutes } from "../../../lambdas/node-api/routes.ts";
import { routeTable } from "../../../local/front-door/route-table.ts";
import { openTlsCertificates } from "../../../local/data/tls.ts";
import type { Json } from "../kubernetes-client.ts";
import { answerOf, type ApiAnswer } from "./api-answer.ts";
import { CREDENTIALS, deployService, REGION, type DeployedService, type FunctionName } from "./deployed-service.ts";
import { API_HOST, type EventPlan } from "./http-event.ts";

export const EDGE_HOST = "nodes.example.com";

export interface KubernetesAnswer extends ApiAnswer {
  /** An empty object where the body is not JSON. */
  readonly json: Json;
}

export interface KubernetesDeployment {
  readonly service: DeployedService;
  readonly send: (method: string, target: string, plan?: Omit<EventPlan, "routeKey">) => Promise<KubernetesAnswer>;
  /** Who a request is from when an administrator's kubectl sends it. */
  readonly administrator: () => Promise<{ readonly bearer: string }>;
  readonly close: () => Promise<void>;
}

/** A deployment with Kubernetes' API and an edge; its watches are held for two seconds. */
export async function deployKubernetes(): Promise<KubernetesDeployment> {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-ca-"));
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, openTlsCertificates(join(directory, "tls.json"), new Date()).caCertificatePem);
  const service = await deployService({
    edge: {
      name: EDGE_HOST,
      certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0b",
      originCertificateArn: `arn:aws:acm:${REGION}:111122223333:certificate/0a`,
    },
    kubernetes: { administratorArns: ["arn:aws:iam::111122223333:user/local-administrator"], caFile, watchSeconds: 2 },
  });
  return {
    service,
    send: (method, target, plan = {}) => sendTo(service, method, target, plan),
    administrator: async () => ({
      bearer: (await administratorToken(CREDENTIALS, REGION, API_HOST, new Date())).token,
    }),
    close: async () => {
      await service.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const never = () => Promise.reject(new Error("the bundles answer, not this"));
/** As API Gateway would: by the routes of the template's tables, to the function whose code and role they lead to. */
const findRoute = routeTable([
  { name: "node-api", routes: [...nodeApiRoutes, ...kubernetesRoutes, ...watchRoutes], handler: never },
  { name: "admin-api", routes: [...adminApiRoutes, ...administrationRoutes], handler: never },
]);

async function sendTo(
  service: DeployedService,
  method: string,
  target: string,
  plan: Omit<EventPlan, "routeKey">,
): Promise<KubernetesAnswer> {
  const [rawPath = "", query = ""] = target.split("?");
  const match = findRoute(method, rawPath) ?? assert.fail(`no route for ${method} ${target}`);
  const answer = await answerOf(service, match.function.name as FunctionName, {
    ...plan,
    routeKey: match.route.routeKey,
    method,
    rawPath,
    query: Object.fromEntries(new URLSearchParams(query)),
  });
  return { ...answer, json: parsed(answer.text) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
