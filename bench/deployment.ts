import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dynamoDbAuthorityStore } from "../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { readsTogether } from "../adapters/dynamodb/table.ts";
import { createTables } from "../adapters/dynamodb/create-tables.ts";
import { dynamoDbRecoveryAdmissionStore } from "../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbIssuanceLedger } from "../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../adapters/dynamodb/node/node-store.ts";
import { dynamoDbTokenStore } from "../adapters/dynamodb/token/token-store.ts";
import { kmsClient } from "../adapters/kms/client.ts";
import { kmsKeyMaker } from "../adapters/kms/key-maker.ts";
import { kmsSigner } from "../adapters/kms/signer.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../core/authority/plan.ts";
import { createFirstAuthorities } from "../core/authority/reconciliation/create-authority.ts";
import type { IssuanceServices } from "../core/claim/issuance-services.ts";
import { cachedIssuerDirectory } from "../core/authority/issuer-directory.ts";
import { DEFAULT_POLICY } from "../core/policy/policy.ts";
import { renewalCalendar } from "../core/renewal/calendar.ts";
import { randomSerialNumber } from "../core/certificate/serial-number.ts";
import { startLocalDynamoDb } from "../local/dynamodb/local-dynamodb.ts";
import { localKms } from "../local/kms/server.ts";
import { awsCallLog, type AwsCallLog } from "./aws-call-log.ts";

export interface BenchDeployment {
  /** The node function's services, over the real SDK clients. */
  readonly services: IssuanceServices;
  readonly calls: AwsCallLog;
  readonly close: () => Promise<void>;
}

export const TABLES = { tokens: "tokens", nodes: "nodes", issuances: "issuances", authorities: "authorities" };
const REGION = "us-east-1";

/** The adapters of a deployment against the local KMS and DynamoDB. Every call is recorded. */
export async function benchDeployment(): Promise<BenchDeployment> {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-bench-"));
  const kms = localKms({ file: join(directory, "kms.json"), region: REGION, accountId: "111122223333" });
  const { url: kmsUrl } = await kms.start();
  const credentials = { accessKeyId: "AKIAIOSFODNN7BENCHES", secretAccessKey: "bench" };
  const database = await startLocalDynamoDb({
    directory: join(directory, "dynalite"),
    engine: "dynalite",
    credentials,
    region: REGION,
  });
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_KMS: kmsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
  });
  const client = dynamoDbClient();
  const keys = kmsClient();
  await createTables(client, TABLES);
  const calls = awsCallLog(client, keys);
  const clock = (): Date => new Date();
  const authorities = dynamoDbAuthorityStore({ client, tableName: TABLES.authorities });
  const signer = kmsSigner({ client: keys });
  const readItem = readsTogether(client);
  await createFirstAuthorities(
    {
      ...{ authorities, signer, keys: kmsKeyMaker({ client: keys }), clock },
      newSerialNumber: randomSerialNumber,
      audit: () => undefined,
    },
    DEFAULT_AUTHORITY_PLAN,
  );
  const services: IssuanceServices = {
    tokens: dynamoDbTokenStore({ client, readItem, tableName: TABLES.tokens }),
    nodes: dynamoDbNodeStore({ client, readItem, tableName: TABLES.nodes }),
    ledger: dynamoDbIssuanceLedger({ client, readItem, tableName: TABLES.issuances }),
    admissions: dynamoDbRecoveryAdmissionStore({ client, tableName: TABLES.authorities }),
    issuers: cachedIssuerDirectory(authorities, clock),
    signer,
    policy: DEFAULT_POLICY,
    clock,
    renewals: renewalCalendar(),
    newSerialNumber: randomSerialNumber,
    newUid: () => "00000000-0000-4000-8000-000000000000",
    audit: () => undefined,
  };
  const close = async (): Promise<void> => {
    client.destroy();
    keys.destroy();
    await database.close();
    await kms.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { services, calls, close };
}
