import { dynamoDbIssuanceLedger } from "../../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../../adapters/dynamodb/node/node-store.ts";
import { holdCertificate } from "../held-certificates.ts";
import type { DeployedService } from "./deployed-service.ts";

const HOUR_MS = 3600 * 1000;
const WEEK_SECONDS = 7 * 24 * 3600;

/** What a deployment's database has, as its functions read it. */
export function storesOf({ database: { client, tableName } }: Pick<DeployedService, "database">) {
  return {
    ledger: dynamoDbIssuanceLedger({ client, tableName: tableName("ISSUANCES_TABLE_NAME") }),
    nodes: dynamoDbNodeStore({ client, tableName: tableName("NODES_TABLE_NAME") }),
  };
}

/** Puts a node into the database whose certificate of a week is so old; from 153 hours on it is overdue. */
export async function putNode(
  service: Pick<DeployedService, "database">,
  nodeName: string,
  ageHours: number,
): Promise<void> {
  const at = new Date(Date.now() - ageHours * HOUR_MS);
  await holdCertificate(storesOf(service), nodeName, { at, lifeSeconds: WEEK_SECONDS });
}
