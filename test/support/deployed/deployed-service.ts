import { rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMSClient } from "@aws-sdk/client-kms";
import { localKms } from "../../../local/kms/server.ts";
import { loadBundle, type BundledFunction } from "../bundled-function.ts";
import { localSts } from "../../../local/sts/server.ts";
import { startDynalite } from "../dynamodb-servers.ts";
import { recordAwsCalls, type RecordedRequest } from "../iam/aws-call-recorder.ts";
import { awsCallsOf } from "../iam/aws-calls.ts";
import { deployedPolicies, type DeployedPolicies } from "../iam/deployed-policies.ts";
import type { AwsCall } from "../iam/policy-statement.ts";
import { resolveTemplates } from "../iam/resolved-template.ts";
import { synthesizedBundles } from "../synthesized-bundles.ts";
import { createKeysOf, createTablesOf } from "./state-resources.ts";
import { startEventBus, type EventBus } from "./event-bus.ts";
import { startObjectStore, type StandIn } from "./stand-ins.ts";

export const FUNCTION_NAMES = ["node-api", "admin-api", "authority", "events"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export interface DeployedService {
  readonly functions: Readonly<Record<FunctionName, BundledFunction>>;
  readonly policies: DeployedPolicies;
  /** The properties of the custom resource, as CloudFormation hands them over. */
  readonly resourceProperties: Readonly<Record<string, string>>;
  /** Which lines of the logs CloudWatch Logs hands to the events function. */
  readonly subscriptionPattern: string;
  /** What the schedule sends to the authority function. */
  readonly scheduledRound: unknown;
  readonly objectStore: StandIn;
  readonly eventBus: EventBus;
  readonly keyArn: (alias: string) => string;
  readonly roleArn: (functionName: string) => string;
  /** What every function has asked of AWS so far. */
  readonly calls: () => readonly AwsCall[];
  readonly close: () => Promise<void>;
}

export const REGION = "eu-central-1";
const ACCOUNT_ID = "111122223333";
/** Of the functions, and of the administrator who presents bearer tokens. */
export const CREDENTIALS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };

/**
 * A deployment on this machine, the default one if nothing is said: bundles, environments, tables, keys and policies are those of the synthesized
 * templates; only the endpoints are local, and someone writes down each call on the way.
 */
export async function deployService(document?: unknown): Promise<DeployedService> {
  const bundles = synthesizedBundles(document);
  const templates = [bundles.stateTemplate, bundles.serviceTemplate];
  const where = { accountId: ACCOUNT_ID, region: REGION };
  const dynamoDb = await startDynalite();
  const keyDirectory = mkdtempSync(join(tmpdir(), "nodeseal-keys-"));
  const kms = localKms({ file: join(keyDirectory, "keys.json"), ...where });
  const { url: kmsUrl } = await kms.start();
  const objectStore = await startObjectStore();
  const eventBus = await startEventBus();
  const sts = localSts({ credentials: CREDENTIALS, accountId: ACCOUNT_ID });
  const { url: stsUrl } = await sts.start();
  const keyClient = new KMSClient({ endpoint: kmsUrl, region: REGION, credentials: CREDENTIALS });

  const planned = resolveTemplates(templates, where);
  await createTablesOf(planned, dynamoDb.client);
  const { arns, aliases } = await createKeysOf(planned, keyClient);
  const template = resolveTemplates(templates, { ...where, arns });
  const roleArn = (functionName: string): string =>
    `arn:aws:iam::${ACCOUNT_ID}:role/nodeseal-${functionName}-${REGION}`;

  const requests: RecordedRequest[] = [];
  const closers: (() => Promise<void>)[] = [];
  const dynamoDbEndpoint = await dynamoDb.client.config.endpoint?.();
  const dynamoDbUrl = `http://127.0.0.1:${dynamoDbEndpoint?.port ?? 0}`;
  const load = async (functionName: FunctionName): Promise<BundledFunction> => {
    const recorded = async (endpoint: string): Promise<string> => {
      const recorder = await recordAwsCalls(functionName, endpoint, requests);
      closers.push(recorder.close);
      return recorder.url;
    };
    const directory = bundles.bundleOf(functionName);
    const loaded = await loadBundle(directory, functionName, {
      ...environmentOf(template, roleArn(functionName), directory),
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: await recorded(dynamoDbUrl),
      AWS_ENDPOINT_URL_KMS: await recorded(kmsUrl),
      AWS_ENDPOINT_URL_S3: await recorded(objectStore.url),
      AWS_ENDPOINT_URL_EVENTBRIDGE: await recorded(eventBus.url),
      // Not recorded: what an administrator presents is signed already, and asking is no permission of the function's.
      AWS_ENDPOINT_URL_STS: stsUrl,
    });
    closers.unshift(loaded.close);
    return loaded;
  };
  const functions = {
    "node-api": await load("node-api"),
    "admin-api": await load("admin-api"),
    authority: await load("authority"),
    events: await load("events"),
  };
  return {
    functions,
    policies: deployedPolicies(template, (id) => arnOfResource(template, id, arns, roleArn)),
    resourceProperties: resourcePropertiesOf(template),
    subscriptionPattern: subscriptionPatternOf(template),
    scheduledRound: scheduledRoundOf(template),
    objectStore,
    eventBus,
    keyArn: (alias) => aliases.get(alias) ?? "",
    roleArn,
    calls: () => requests.flatMap((request) => awsCallsOf(request, { ...where, principalArn: roleArn, aliases })),
    close: async () => {
      for (const close of closers) await close();
      keyClient.destroy();
      await Promise.all([dynamoDb.close(), kms.close(), objectStore.close(), eventBus.close(), sts.close()]);
      for (const directory of [bundles.directory, keyDirectory]) rmSync(directory, { recursive: true });
    },
  };
}

type Template = ReturnType<typeof resolveTemplates>;

function environmentOf(template: Template, roleArn: string, directory: string): Record<string, string> {
  const lambda = Object.values(template).find(
    ({ type, properties }) => type === "AWS::Lambda::Function" && properties["Role"] === roleArn,
  );
  const { Variables } = lambda?.properties["Environment"] as { readonly Variables: Record<string, string> };
  // Where Lambda unpacks the code.
  return Object.fromEntries(
    Object.entries(Variables).map(([name, value]) => [name, value.replace("/var/task", directory)]),
  );
}

function arnOfResource(
  template: Template,
  id: string,
  keyArns: Readonly<Record<string, string>>,
  roleArn: (functionName: string) => string,
): string {
  const name = String(template[id]?.properties["RoleName"]);
  return keyArns[id] ?? roleArn(FUNCTION_NAMES.find((functionName) => name.includes(`-${functionName}-`)) ?? name);
}

function scheduledRoundOf(template: Template): unknown {
  const rule = Object.values(template).find(
    ({ type, properties }) => type === "AWS::Events::Rule" && properties["ScheduleExpression"] !== undefined,
  );
  const [target] = rule?.properties["Targets"] as readonly { readonly Input: string }[];
  return JSON.parse(target?.Input ?? "");
}

/** CloudFormation makes text of every scalar. */
function resourcePropertiesOf(template: Template): Record<string, string> {
  const resource = Object.values(template).find(({ type }) => type === "Custom::NodesealAuthorities");
  return Object.fromEntries(Object.entries(resource?.properties ?? {}).map(([name, value]) => [name, String(value)]));
}

/** The same for every log. */
function subscriptionPatternOf(template: Template): string {
  const [pattern = "", ...others] = new Set(
    Object.values(template)
      .filter(({ type }) => type === "AWS::Logs::SubscriptionFilter")
      .map(({ properties }) => String(properties["FilterPattern"])),
  );
  if (others.length > 0) throw new Error("the logs are subscribed to by different patterns");
  return pattern;
}
