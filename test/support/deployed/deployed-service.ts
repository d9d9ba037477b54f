import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import type { DeployedPlanDocument } from "../../../lambdas/authority/deployed-plan.ts";
import { localSts } from "../../../local/sts/server.ts";
import { localKms } from "../../../local/kms/server.ts";
import type { BundledFunction } from "../bundled-function.ts";
import { startDynalite } from "../dynamodb-servers.ts";
import { awsCallsOf } from "../iam/aws-calls.ts";
import type { DeployedPolicies } from "../iam/deployed-policies.ts";
import { keyNames } from "../iam/key-names.ts";
import type { AwsCall } from "../iam/policy-statement.ts";
import type { RecordedRequest } from "../iam/recorded-request.ts";
import { openAssembly } from "./assembly.ts";
import { startEventBus, type EventBus } from "./event-bus.ts";
import { loadRecorded } from "./recorded-function.ts";
import { createKeysOf, createTablesOf } from "./state-resources.ts";
import { startSecretStore } from "./secret-store.ts";
import { startObjectStore, type StandIn } from "./stand-ins.ts";
import { startRolesAnywhereOf } from "./roles-anywhere.ts";
import type { EmulatedRolesAnywhere } from "../roles-anywhere/service.ts";

export const FUNCTION_NAMES = ["node-api", "admin-api", "authority", "events"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export interface DeployedService {
  readonly functions: Readonly<Record<FunctionName, BundledFunction>>;
  readonly policies: DeployedPolicies;
  /** What ships beside the authority function. */
  readonly plan: DeployedPlanDocument;
  /** As a deployment of other code would: from now on the authority function finds this plan beside it. */
  readonly ship: (plan: DeployedPlanDocument) => void;
  /** Which lines of the logs CloudWatch Logs hands to the events function. */
  readonly subscriptionPattern: string;
  /** What the schedule sends to the authority function. */
  readonly scheduledReconciliation: unknown;
  readonly objectStore: StandIn;
  readonly eventBus: EventBus;
  /** Undefined where the deployment has none. */
  readonly rolesAnywhere: EmulatedRolesAnywhere | undefined;
  readonly keyArn: (alias: string) => string;
  readonly roleArn: (functionName: string) => string;
  readonly functionArn: (functionName: string) => string;
  /** The database behind the functions, and the variable of a function that names each table. */
  readonly database: { readonly client: DynamoDBClient; readonly tableName: (variable: string) => string };
  /** What every function has asked of AWS so far. */
  readonly calls: () => readonly AwsCall[];
  readonly close: () => Promise<void>;
}

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "111122223333";
/** What CloudFront would send. */
export const EDGE_SECRET = "deployed-edge-secret";
/** Of the functions, and of the administrator who presents bearer tokens. */
export const CREDENTIALS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };

/**
 * A deployment on this machine, the default one if nothing is said: bundles, environments, tables, keys and policies are those of the synthesized
 * templates; only the endpoints are local, and someone writes down each call on the way.
 *
 * @param isKept false where the document's CAs differ from the default's, and with them the policies: the test itself
 * holds the calls against those
 */
export async function deployService(document?: unknown, { isKept = true } = {}): Promise<DeployedService> {
  const assembly = openAssembly({ accountId: ACCOUNT_ID, region: REGION }, document);
  const dynamoDb = await startDynalite();
  const keyDirectory = mkdtempSync(join(tmpdir(), "nodeseal-keys-"));
  const kms = localKms({ file: join(keyDirectory, "keys.json"), region: REGION, accountId: ACCOUNT_ID });
  const { url: kmsUrl } = await kms.start();
  const objectStore = await startObjectStore();
  const eventBus = await startEventBus();
  const sts = localSts({ credentials: CREDENTIALS, accountId: ACCOUNT_ID });
  const { url: stsUrl } = await sts.start();
  const secretStore = await startSecretStore(EDGE_SECRET);
  const rolesAnywhere = await startRolesAnywhereOf(assembly.template, REGION);
  const keyClient = new KMSClient({ endpoint: kmsUrl, region: REGION, credentials: CREDENTIALS });
  await createTablesOf(assembly.template, dynamoDb.client);
  const { aliases } = await createKeysOf(assembly.template, keyClient);

  const planFile = join(keyDirectory, "authority-plan.json");
  const ship = (plan: DeployedPlanDocument): void => {
    writeFileSync(planFile, JSON.stringify(plan));
  };
  ship(assembly.authorityPlan);
  const requests: RecordedRequest[] = [];
  const keys = keyNames(aliases);
  const dynamoDbEndpoint = await dynamoDb.client.config.endpoint?.();
  const load = (functionName: FunctionName): Promise<BundledFunction> =>
    loadRecorded(assembly.functionNamed(functionName), {
      endpoints: {
        AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamoDbEndpoint?.port ?? 0}`,
        AWS_ENDPOINT_URL_KMS: kmsUrl,
        AWS_ENDPOINT_URL_S3: objectStore.url,
        AWS_ENDPOINT_URL_EVENTBRIDGE: eventBus.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretStore.url,
        ...(rolesAnywhere === undefined ? {} : { AWS_ENDPOINT_URL_ROLESANYWHERE: rolesAnywhere.url }),
      },
      environment: {
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        // Not recorded: what an administrator presents is signed already, and asking is no permission of the function's.
        AWS_ENDPOINT_URL_STS: stsUrl,
        ...(functionName === "authority" ? { AUTHORITY_PLAN_FILE: planFile } : {}),
      },
      keys,
      isKept,
      record: (request) => requests.push(request),
    });
  const functions = {
    "node-api": await load("node-api"),
    "admin-api": await load("admin-api"),
    authority: await load("authority"),
    events: await load("events"),
  };
  return {
    functions,
    policies: assembly.policies,
    plan: assembly.authorityPlan,
    ship,
    subscriptionPattern: assembly.subscriptionPattern,
    scheduledReconciliation: assembly.scheduledReconciliation,
    objectStore,
    eventBus,
    rolesAnywhere,
    keyArn: assembly.keyArn,
    roleArn: assembly.roleArn,
    functionArn: assembly.functionArn,
    database: {
      client: dynamoDb.client,
      tableName: (variable) => assembly.functionNamed("admin-api").environment[variable] ?? "",
    },
    calls: () => requests.flatMap((request) => awsCallsOf(request, assembly)),
    close: async () => {
      for (const loaded of Object.values(functions)) await loaded.close();
      keyClient.destroy();
      await Promise.all([
        dynamoDb.close(),
        kms.close(),
        objectStore.close(),
        eventBus.close(),
        sts.close(),
        secretStore.close(),
        rolesAnywhere?.close(),
      ]);
      rmSync(keyDirectory, { recursive: true });
    },
  };
}
