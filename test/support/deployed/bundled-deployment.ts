import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { dynamoDbAuthorityStore } from "../../../adapters/dynamodb/authority-store.ts";
import { dynamoDbClient } from "../../../adapters/dynamodb/client.ts";
import { DEFAULT_POLICY } from "../../../core/policy.ts";
import type { HttpHandler } from "../../../lambdas/route.ts";
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
  const load = async (
    name: string,
    environment: Readonly<Record<string, string>>,
    endpoints: Readonly<Record<string, string>> = {},
  ): Promise<BundledFunction> => {
    if (keys === undefined) throw new Error("the keys come before the functions");
    const loaded = await loadRecorded(assembly.functionNamed(name), {
      environment: { ...accountOf(process.env), ...environment },
      endpoints: { ...endpointsOf(process.env), ...endpoints },
      keys,
    });
    closers.push(loaded.close);
    return loaded;
  };
  return {
    provision: async ({ policy }) => {
      if (JSON.stringify(policy) !== JSON.stringify(DEFAULT_POLICY))
        throw new Error("the cloud assembly of the tests has the default policy, and no other");
      keys = await createState(assembly);
      await createAuthorities(assembly, load);
      return dynamoDbAuthorityStore({ client: dynamoDbClient(), tableName: TABLE_NAMES.authorities });
    },
    // The policy is the one that lies beside the code.
    load: async ({ TLS_CA_CERT_HASHES, KUBERNETES_ADMINISTRATORS, KUBERNETES_CA_FILE }) => {
      const host = { TLS_CA_CERT_HASHES, KUBERNETES_ADMINISTRATORS, KUBERNETES_CA_FILE };
      const behindTheDoor = assembly.functions.filter(({ routes }) => routes.length > 0);
      return Promise.all(behindTheDoor.map(async (one) => httpFunction(one, await load(one.name, host))));
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
  { authorityProperties }: Assembly,
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
    ResourceProperties: authorityProperties,
  });
  const answer = objectStore.received.find(({ path }) => path === "/response");
  await objectStore.close();
  if (!answer?.body.includes('"SUCCESS"')) throw new Error(`no CA: ${answer?.body ?? ""}\n${authority.log()}`);
}

function httpFunction({ name, routes }: AssemblyFunction, { invoke }: BundledFunction) {
  const handler: HttpHandler = async (event) => (await invoke(event)) as Awaited<ReturnType<HttpHandler>>;
  return { name, routes, handler };
}

/** What Lambda itself puts into every function's environment. */
function accountOf({ AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" }: NodeJS.ProcessEnv) {
  return { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
}

function endpointsOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, url]) =>
      name.startsWith("AWS_ENDPOINT_URL_") && url !== undefined ? [[name, url]] : [],
    ),
  );
}
