import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { readConfigurationFile } from "./configuration-file.ts";
import { describeDeployment } from "./deployment.ts";

const app = new App();
const file: unknown = app.node.tryGetContext("config");
describeDeployment(
  app,
  readConfigurationFile(typeof file === "string" ? file : join(import.meta.dirname, "../nodeseal.config.json")),
);
