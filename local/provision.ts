import { dynamoDbAuthorityStore } from "../adapters/dynamodb/authority-store.ts";
import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { createTables } from "../adapters/dynamodb/create-tables.ts";
import type { TableNames } from "../adapters/dynamodb/tables.ts";
import { provisioningKmsClient } from "../adapters/kms/client.ts";
import { kmsKeyMaker } from "../adapters/kms/key-maker.ts";
import { kmsSigner } from "../adapters/kms/signer.ts";
import { trustedAuthorities } from "../core/authority.ts";
import { createFirstAuthorities } from "../core/create-authority.ts";
import { encodePem } from "../core/pem.ts";
import { longestLifetimeSeconds } from "../core/policy.ts";
import type { AuthorityStore } from "../core/ports.ts";
import { randomSerialNumber } from "../core/serial-number.ts";
import type { DeploymentConfiguration } from "../infra/configuration.ts";

const DAY_SECONDS = 24 * 3600;

/** Tables and CA: made at the first start, found at later ones. */
export async function provision(
  { clusterName, authority, policy }: DeploymentConfiguration,
  tableNames: TableNames,
): Promise<AuthorityStore> {
  const client = dynamoDbClient();
  await createTables(client, tableNames);
  const authorities = dynamoDbAuthorityStore({ client, tableName: tableNames.authorities });
  const kms = provisioningKmsClient();
  const { keySpec, rootLifetimeDays, issuingLifetimeDays } = authority;
  await createFirstAuthorities(
    {
      authorities,
      keys: kmsKeyMaker({ client: kms }),
      signer: kmsSigner({ client: kms }),
      clock: () => new Date(),
      newSerialNumber: randomSerialNumber,
    },
    {
      clusterName,
      keySpec,
      rootLifetimeSeconds: rootLifetimeDays * DAY_SECONDS,
      issuingLifetimeSeconds: issuingLifetimeDays * DAY_SECONDS,
      longestLifetimeSeconds: longestLifetimeSeconds(policy),
    },
  );
  kms.destroy();
  return authorities;
}

/** PEM of every CA that must be trusted now. @throws Error when there is none: provision first */
export async function trustBundlePem(authorities: AuthorityStore): Promise<string> {
  const bundle = await authorities.read();
  if (bundle === undefined) throw new Error("there is no trust bundle");
  return trustedAuthorities(bundle)
    .map(({ certificate }) => encodePem("CERTIFICATE", certificate))
    .join("");
}
