import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { ConfigurationFileError } from "./configuration/configuration-file-error.ts";
import { readConfigurationFile } from "./configuration/configuration-file.ts";
import type { DeploymentConfiguration } from "./configuration/deployment-configuration.ts";
import { describeDeployment } from "./deployment.ts";

const app = new App();
const file: unknown = app.node.tryGetContext("config");
const configuration = configurationIn(
  typeof file === "string" ? file : join(import.meta.dirname, "../nodeseal.config.json"),
);
if (configuration !== undefined) describeDeployment(app, configuration);

/** Shows the file's author one line, without a stack trace. */
function configurationIn(path: string): DeploymentConfiguration | undefined {
  try {
    return readConfigurationFile(path);
  } catch (error) {
    if (!(error instanceof ConfigurationFileError)) throw error;
    process.stderr.write(`nodeseal: ${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
