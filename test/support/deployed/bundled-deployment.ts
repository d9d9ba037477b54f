import { isDeepStrictEqual } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { dynamoDbAuthorityStore } from "../../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbClient } from "../../../adapters/dynamodb/client.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import type { HttpHandler } from "../../../lambdas/http-handler.ts";
import { TABLE_NAMES, type LocalDeployment } from "../../../local/deployment.ts";
import type { BundledFunction } from "../bundled-function.ts";
import { keyNames, type KeyNames } from "../iam/key-names.ts";
import type { Assembly } from "./assembly.ts";
import type { AssemblyFunction } from "./assembly-functions.ts";
import { loadRecorded } from "./recorded-function.ts";
import { startObjectStore } from "./stand-ins.ts";
import { wholeDeployment } from "./whole-deployment.ts";
import { createKeysOf, createTablesOf } from "./state-resources.ts";

/**
 * What ships, behind the local front door: bundles, their environment, routes, tables and keys are those of the cloud
 * assembly. Only what the host alone can know (its own TLS certificate, who administers) comes from elsewhere.
 */
export function bundledDeployment(): LocalDeployment {
  const assembly = wholeDeployment();
  const closers: (() => Promise<void>)[] = [];
  let keys: KeyNames | undefined;
  let hasShippedPolicy = true;
  const load = async (
    name: string,
    environment: Readonly<Record<string, string>>,
    endpoints: Readonly<Record<string, string>> = {},
  ): Promise<BundledFunction> => {
    if (keys === undefined) throw new Error("the keys come before the functions");
    const loaded = await loadRecorded(assembly.functionNamed(name), {
      environment: { ...inheritedOf(process.env), ...environment },
      print: (chunk) => process.stdout.write(chunk),
      endpoints: { ...endpointsOf(process.env), ...endpoints },
      keys,
    });
    closers.push(loaded.close);
    return loaded;
  };
  return {
    provision: async ({ policy }) => {
      hasShippedPolicy = isDeepStrictEqual(policy, DEFAULT_POLICY);
      keys = await createState(assembly);
      await createAuthorities(load);
      return dynamoDbAuthorityStore({ client: dynamoDbClient(), tableName: TABLE_NAMES.authorities });
    },
    load: async ({ POLICY_FILE, ...host }) => {
      // The shipped policy is the one that lies beside the code; a test may bring another.
      const environment = hasShippedPolicy ? host : { ...host, POLICY_FILE };
      const behindTheDoor = assembly.functions.filter(({ routes }) => routes.length > 0);
      return Promise.all(behindTheDoor.map(async (one) => httpFunction(one, await load(one.name, environment))));
    },
    close: async () => {
      for (const close of closers.reverse()) await close();
    },
  };
}

async function createState({ template }: Assembly): Promise<KeyNames> {
  const [database, kms] = [new DynamoDBClient(), new KMSClient()];
  await createTablesOf(template, database);
  const { aliases } = await createKeysOf(template, kms);
  database.destroy();
  kms.destroy();
  return keyNames(aliases);
}

/** As CloudFormation does at the first deployment; asked again, the function finds what it made. */
async function createAuthorities(
  load: (
    name: string,
    environment: Record<string, string>,
    endpoints: Record<string, string>,
  ) => Promise<BundledFunction>,
): Promise<void> {
  const objectStore = await startObjectStore();
  const authority = await load("authority", {}, { AWS_ENDPOINT_URL_S3: objectStore.url });
  await authority.invoke({
    RequestType: "Create",
    ResponseURL: `${objectStore.url}/response`,
    StackId: "stack",
    RequestId: "request",
    LogicalResourceId: "Authorities",
    ResourceProperties: {},
  });
  const answer = objectStore.received.find(({ path }) => path === "/response");
  await objectStore.close();
  if (!answer?.body.includes('"SUCCESS"')) throw new Error(`no CA: ${answer?.body ?? ""}\n${authority.log()}`);
}

function httpFunction({ name, routes }: AssemblyFunction, { invoke }: BundledFunction) {
  const handler: HttpHandler = async (event) => (await invoke(event)) as Awaited<ReturnType<HttpHandler>>;
  return { name, routes, handler };
}

const INHERITED = /^(?:AWS_REGION|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|POWERTOOLS_.*|NODESEAL_TEST_CLOCK)$/;

/** What Lambda puts into every function's environment, and how tests set log and clock. */
function inheritedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      INHERITED.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function endpointsOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, url]) =>
      name.startsWith("AWS_ENDPOINT_URL_") && url !== undefined ? [[name, url]] : [],
    ),
  );
}
