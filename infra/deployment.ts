import { Validations, type App } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import type { DeploymentConfiguration } from "./configuration/deployment-configuration.ts";
import { ServiceStack } from "./service-stack.ts";
import { StateStack } from "./state-stack.ts";

/** The two stacks of one deployment. cdk-nag checks them at synth: a finding that is not acknowledged is an error. */
export function describeDeployment(
  app: App,
  configuration: DeploymentConfiguration,
): readonly [StateStack, ServiceStack] {
  const { clusterName } = configuration;
  const stateStack = new StateStack(app, `${clusterName}-state`, configuration);
  const serviceStack = new ServiceStack(app, clusterName, { configuration, state: stateStack.state });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return [stateStack, serviceStack];
}
