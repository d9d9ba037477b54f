import assert from "node:assert/strict";
import type { DeployedPlanDocument } from "../../../lambdas/authority/deployed-plan.ts";
import type { DeployedService } from "./deployed-service.ts";

/** What the authority function tells CloudFormation. */
export interface ProvisioningAnswer {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/**
 * Asks of the authority function what CloudFormation does.
 *
 * @param plan what was shipped; that of the deployment, unless said otherwise. It stays until another is shipped
 */
export async function provision(
  { functions, objectStore, ship, plan: deployed }: DeployedService,
  RequestType: "Create" | "Update" | "Delete",
  plan: DeployedPlanDocument = deployed,
): Promise<ProvisioningAnswer> {
  ship(plan);
  await functions.authority.invoke({
    RequestType,
    ResponseURL: `${objectStore.url}/response`,
    StackId: "stack",
    RequestId: "request",
    LogicalResourceId: "Authorities",
    ...(RequestType === "Create" ? {} : { PhysicalResourceId: "authorities" }),
    ResourceProperties: { PlanSha256: "of-the-plan" },
  });
  const { path, body, contentType } = objectStore.received.at(-1) ?? assert.fail("CloudFormation was told nothing");
  assert.equal(path, "/response");
  assert.equal(contentType, "", "the signature of CloudFormation's URL covers an empty one");
  assert.ok(Buffer.byteLength(body) < 4096, "CloudFormation takes no more");
  return JSON.parse(body) as ProvisioningAnswer;
}

/** Every version of the trust bundle that was published, oldest first. */
export function publishedBundles({ objectStore }: DeployedService): readonly string[] {
  return objectStore.received.filter(({ path }) => path.endsWith(".pem")).map(({ body }) => body);
}
