import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { ADMINISTRATOR_RIGHTS, grantsFor } from "../../core/rights/administrator-right.ts";
import { ServiceStack } from "../../infra/service-stack.ts";
import { StateStack } from "../../infra/state-stack.ts";
import { routes as adminRoutes } from "../../lambdas/admin-api/routes.ts";
import { routes as nodeRoutes } from "../../lambdas/node-api/routes.ts";
import { cdkContext } from "../support/cdk-context.ts";
import { isArnLike } from "../support/iam/condition-operator.ts";
import { parseDocument } from "../support/synthesized-templates.ts";

const GRANTS = Object.values(ADMINISTRATOR_RIGHTS).map(({ grant }) => grant);
const API = "arn:aws:execute-api:eu-central-1:111122223333:API/$default";

/** For each grant of the construct, what the role may call that it was given to. */
const allowed = new Map(GRANTS.map((grant) => [grant, resourcesOf(grant)]));

function resourcesOf(grant: (typeof GRANTS)[number]): readonly string[] {
  const app = new App({ context: { ...cdkContext(), "aws:cdk:bundling-stacks": [] } });
  const configuration = parseDocument({});
  const { state } = new StateStack(app, "state", configuration);
  const { service } = new ServiceStack(app, "service", { configuration, state });
  const stack = new Stack(app, "roles");
  const role = new Role(stack, "Role", { assumedBy: new AccountRootPrincipal() });
  service[grant](role);
  const [policy] = Object.values(Template.fromStack(stack).findResources("AWS::IAM::Policy"));
  const { PolicyDocument } = (policy as { Properties: { PolicyDocument: { Statement: readonly Statement[] } } })
    .Properties;
  const [statement, ...more] = PolicyDocument.Statement;
  assert.ok(statement !== undefined && more.length === 0);
  assert.deepEqual([statement.Action, statement.Effect], ["execute-api:Invoke", "Allow"]);
  return (Array.isArray(statement.Resource) ? statement.Resource : [statement.Resource]).map(
    (resource) => `${API}${pathIn(resource)}`,
  );
}

interface Statement {
  readonly Action: string;
  readonly Effect: string;
  readonly Resource: unknown;
}

/** Behind the stage, of an ARN that is joined of parts. */
function pathIn(resource: unknown): string {
  const path = /\/\$default(\/[^"]+)"/.exec(JSON.stringify(resource))?.[1];
  assert.ok(path !== undefined, JSON.stringify(resource));
  return path;
}

const mayCall = (grant: (typeof GRANTS)[number], routeKey: string): boolean => {
  const [method = "", path = ""] = routeKey.replaceAll(/\{\w+\}/g, "some.name").split(" ");
  return (allowed.get(grant) ?? []).some((pattern) => isArnLike(pattern, `${API}/${method}${path}`));
};

describe("the rights that the construct gives to administrators", () => {
  for (const grant of GRANTS) {
    it(`${grant} allows the routes that operators are told it does, and no other`, () => {
      for (const { routeKey } of adminRoutes) {
        const [method = "", path = ""] = routeKey.replaceAll(/\{\w+\}/g, "some.name").split(" ");
        assert.equal(mayCall(grant, routeKey), grantsFor(method, path).includes(grant), routeKey);
      }
      assert.deepEqual(
        nodeRoutes.filter(({ routeKey }) => mayCall(grant, routeKey)),
        [],
      );
    });
  }

  const FORBIDDEN = [
    ["grantViewer", "POST /v1/admin/tokens"],
    ["grantViewer", "DELETE /v1/admin/tokens/{id}"],
    ["grantApprover", "POST /v1/admin/tokens"],
    ["grantApprover", "POST /v1/admin/nodes/{name}/revocation"],
    ["grantTokenIssuer", "POST /v1/admin/requests/{name}/approval"],
    ["grantRevoker", "POST /v1/admin/nodes/{name}/release"],
    ["grantRevoker", "POST /v1/admin/authorities/{id}/retire"],
    ["grantAuthorityOperator", "POST /v1/admin/nodes/{name}/release"],
    ["grantAuthorityOperator", "POST /v1/admin/tokens"],
  ] as const;
  for (const [grant, routeKey] of FORBIDDEN) {
    it(`${grant} does not allow ${routeKey}`, () => assert.equal(mayCall(grant, routeKey), false));
  }
});
