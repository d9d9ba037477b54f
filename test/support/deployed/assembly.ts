import { readFileSync } from "node:fs";
import type { DeployedPlanDocument } from "../../../lambdas/authority/deployed-plan.ts";
import { deployedPolicies, type DeployedPolicies } from "../iam/deployed-policies.ts";
import { resolveTemplates, type Deployment, type ResolvedTemplate } from "../iam/resolved-template.ts";
import { synthesizedBundles } from "../synthesized-bundles.ts";
import { functionsOf, type AssemblyFunction } from "./assembly-functions.ts";
import { keyAliases } from "./state-resources.ts";

/** A deployment as its cloud assembly describes it, for one account and Region. */
export interface Assembly extends Deployment {
  readonly template: ResolvedTemplate;
  readonly policies: DeployedPolicies;
  readonly functions: readonly AssemblyFunction[];
  /** @throws Error when there is no such function */
  readonly functionNamed: (name: string) => AssemblyFunction;
  readonly roleArn: (functionName: string) => string;
  readonly functionArn: (functionName: string) => string;
  /** ARN of the key that an alias names, as the policies name it; the alias itself where the template has none. */
  readonly keyArn: (alias: string) => string;
  /** What ships beside the authority function. */
  readonly authorityPlan: DeployedPlanDocument;
  /** Which lines of the logs CloudWatch Logs hands to the events function. */
  readonly subscriptionPattern: string;
  /** What the schedule hands to the authority function. */
  readonly scheduledReconciliation: unknown;
}

export function openAssembly(where: Deployment, document?: unknown): Assembly {
  const { directory, stateTemplate, serviceTemplate } = synthesizedBundles(document);
  const template = resolveTemplates([stateTemplate, serviceTemplate], where);
  const functions = functionsOf(template, directory);
  const functionNamed = (name: string): AssemblyFunction => {
    const found = functions.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the assembly has no function ${name}`);
    return found;
  };
  const aliases = keyAliases(template);
  const keyArnOf = (id: string): string => `arn:aws:kms:${where.region}:${where.accountId}:key/${id}`;
  return {
    ...where,
    template,
    policies: deployedPolicies(template, where),
    functions,
    functionNamed,
    roleArn: (functionName) => functionNamed(functionName).roleArn,
    functionArn: (functionName) => functionNamed(functionName).arn,
    keyArn: (alias) => {
      const id = aliases.get(alias);
      return id === undefined ? alias : keyArnOf(id);
    },
    authorityPlan: authorityPlanOf(functionNamed("authority")),
    subscriptionPattern: subscriptionPatternOf(template),
    scheduledReconciliation: scheduledReconciliationOf(template),
  };
}

function authorityPlanOf({ environment }: AssemblyFunction): DeployedPlanDocument {
  return JSON.parse(readFileSync(environment["AUTHORITY_PLAN_FILE"] ?? "", "utf8")) as DeployedPlanDocument;
}

/** The same for every log. */
function subscriptionPatternOf(template: ResolvedTemplate): string {
  const [pattern = "", ...others] = new Set(
    Object.values(template)
      .filter(({ type }) => type === "AWS::Logs::SubscriptionFilter")
      .map(({ properties }) => String(properties["FilterPattern"])),
  );
  if (others.length > 0) throw new Error("the logs are subscribed to by different patterns");
  return pattern;
}

function scheduledReconciliationOf(template: ResolvedTemplate): unknown {
  const rule = Object.values(template).find(
    ({ type, properties }) => type === "AWS::Events::Rule" && properties["ScheduleExpression"] !== undefined,
  );
  const [target] = rule?.properties["Targets"] as readonly { readonly Input: string }[];
  return JSON.parse(target?.Input ?? "");
}
