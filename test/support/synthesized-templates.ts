import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { parseConfiguration } from "../../infra/configuration/configuration.ts";
import type { DeploymentConfiguration } from "../../infra/configuration/deployment-configuration.ts";
import { describeDeployment } from "../../infra/deployment.ts";
import { openTlsCertificates } from "../../local/data/tls.ts";
import { cdkContext } from "./cdk-context.ts";

export interface SynthesizedTemplates {
  readonly app: App;
  readonly state: Template;
  readonly service: Template;
}

const known = new Map<string, SynthesizedTemplates>();

/** Both templates of a deployment, without the bundles: what takes seconds is left to the tests of the bundles. */
export function synthesizedTemplates(document: unknown = {}): SynthesizedTemplates {
  const key = JSON.stringify(document);
  const templates = known.get(key) ?? synthesize(document);
  known.set(key, templates);
  return templates;
}

function synthesize(document: unknown): SynthesizedTemplates {
  const app = new App({ context: { ...cdkContext(), "aws:cdk:bundling-stacks": [] } });
  const configuration = parseDocument(document);
  const [stateStack, serviceStack] = describeDeployment(app, configuration);
  return withoutValidation(() => ({
    app,
    state: Template.fromStack(stateStack),
    service: Template.fromStack(serviceStack),
  }));
}

/** It takes longer than all the rest. checks.test.ts has templates of every kind validated. */
function withoutValidation<T>(synthesis: () => T): T {
  process.env["CDK_VALIDATION"] = "false";
  try {
    return synthesis();
  } finally {
    delete process.env["CDK_VALIDATION"];
  }
}

/** With the files it names: no policy, and a CA of this run. */
export function parseDocument(document: unknown): DeploymentConfiguration {
  return parseConfiguration(
    document,
    () => undefined,
    () => tlsCaPem(),
  );
}

function tlsCaPem(): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-ca-"));
  const { caCertificatePem } = openTlsCertificates(join(directory, "tls.json"), new Date());
  rmSync(directory, { recursive: true });
  return caCertificatePem;
}

const certificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/0a";
/** A configuration that leaves nothing out that can be switched on. */
export const EVERY_SWITCH = {
  alarms: { email: "ops@example.com" },
  domains: { api: { name: "a.example.com", certificateArn }, mutualTls: { name: "m.example.com", certificateArn } },
  tracing: true,
  edge: {
    name: "e.example.com",
    certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0b",
    originCertificateArn: certificateArn,
  },
  kubernetes: { administratorArns: ["arn:aws:iam::111122223333:role/Operators"], caFile: "ca.pem" },
  keyAdministratorArns: ["arn:aws:iam::111122223333:role/BreakGlass"],
  rolesAnywhere: {
    names: ["edge-*"],
    managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::111122223333:policy/own"],
    eksClusterNames: ["prod"],
  },
};
