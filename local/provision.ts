import { dynamoDbAuthorityStore } from "../adapters/dynamodb/authority-store.ts";
import { dynamoDbAuthorityWishStore } from "../adapters/dynamodb/authority-wish-store.ts";
import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { createTables } from "../adapters/dynamodb/create-tables.ts";
import { dynamoDbIssuanceLedger } from "../adapters/dynamodb/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../adapters/dynamodb/node-store.ts";
import type { TableNames } from "../adapters/dynamodb/tables.ts";
import { provisioningKmsClient } from "../adapters/kms/client.ts";
import { kmsKeyMaker } from "../adapters/kms/key-maker.ts";
import { kmsSigner } from "../adapters/kms/signer.ts";
import { trustBundlePem as pemOf } from "../core/authority.ts";
import type { AuthorityPlan } from "../core/authority-plan.ts";
import type { RoundServices } from "../core/authority-round.ts";
import { createFirstAuthorities } from "../core/create-authority.ts";
import { longestLifetimeSeconds } from "../core/policy.ts";
import type { AuthorityStore } from "../core/ports.ts";
import { randomSerialNumber } from "../core/serial-number.ts";
import type { DeploymentConfiguration } from "../infra/configuration.ts";
import { powertoolsObserver } from "../lambdas/observer.ts";

const DAY_SECONDS = 24 * 3600;

export interface LocalAuthorities {
  readonly services: RoundServices;
  readonly plan: AuthorityPlan;
  readonly close: () => void;
}

/** Tables and CA: made at the first start, found at later ones. `publish` is given the trust bundle in PEM. */
export async function provision(
  { clusterName, authority, policy }: DeploymentConfiguration,
  tableNames: TableNames,
  publish: (trustBundlePem: string) => void,
): Promise<LocalAuthorities> {
  const client = dynamoDbClient();
  await createTables(client, tableNames);
  const kms = provisioningKmsClient();
  const observer = powertoolsObserver({ service: "authority" });
  const services: RoundServices = {
    authorities: dynamoDbAuthorityStore({ client, tableName: tableNames.authorities }),
    wishes: dynamoDbAuthorityWishStore({ client, tableName: tableNames.authorities }),
    nodes: dynamoDbNodeStore({ client, tableName: tableNames.nodes }),
    ledger: dynamoDbIssuanceLedger({ client, tableName: tableNames.issuances }),
    keys: kmsKeyMaker({ client: kms }),
    signer: kmsSigner({ client: kms }),
    publisher: {
      publish: (pem) => {
        publish(pem);
        return Promise.resolve("latest");
      },
    },
    clock: () => new Date(),
    newSerialNumber: randomSerialNumber,
    audit: observer.audit,
    failed: (error) => observer.failed(error),
  };
  const plan: AuthorityPlan = {
    clusterName,
    keySpec: authority.keySpec,
    rootLifetimeSeconds: authority.rootLifetimeDays * DAY_SECONDS,
    issuingLifetimeSeconds: authority.issuingLifetimeDays * DAY_SECONDS,
    longestLifetimeSeconds: longestLifetimeSeconds(policy),
    generations: undefined,
    recheckSeconds: 1,
  };
  await createFirstAuthorities(services, plan);
  return { services, plan, close: () => kms.destroy() };
}

/** PEM of every CA that must be trusted now. @throws Error when there is none: provision first */
export async function trustBundlePem(authorities: AuthorityStore): Promise<string> {
  const bundle = await authorities.read();
  if (bundle === undefined) throw new Error("there is no trust bundle");
  return pemOf(bundle);
}
