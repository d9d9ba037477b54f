import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { readConfigurationFile } from "./configuration-file.ts";
import { ServiceStack } from "./service-stack.ts";
import { StateStack } from "./state-stack.ts";

const app = new App();
const file: unknown = app.node.tryGetContext("config");
const configuration = readConfigurationFile(
  typeof file === "string" ? file : join(import.meta.dirname, "../nodeseal.config.json"),
);
const { clusterName } = configuration;
const { state } = new StateStack(app, `${clusterName}-state`, configuration);
new ServiceStack(app, clusterName, { configuration, state });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
