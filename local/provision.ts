import { randomUUID } from "node:crypto";
import { dynamoDbAuthorityRequestStore } from "../adapters/dynamodb/authority/ca-signing-request-store.ts";
import { dynamoDbAuthorityStore } from "../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbChangeRequestStore } from "../adapters/dynamodb/authority/change-request-store.ts";
import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { createTables } from "../adapters/dynamodb/create-tables.ts";
import { dynamoDbIssuanceLedger } from "../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../adapters/dynamodb/node/node-store.ts";
import { dynamoDbRenewalWatchStore } from "../adapters/dynamodb/node/renewal-watch-store.ts";
import { dynamoDbRevocationListStore } from "../adapters/dynamodb/authority/revocation-list-store.ts";
import { dynamoDbSignatureRegister } from "../adapters/dynamodb/authority/signature-register.ts";
import type { TableNames } from "../adapters/dynamodb/tables.ts";
import { provisioningKmsClient } from "../adapters/kms/client.ts";
import { kmsKeyMaker } from "../adapters/kms/key-maker.ts";
import { kmsSigner } from "../adapters/kms/signer.ts";
import { trustBundlePem as pemOf } from "../core/authority/authority.ts";
import { authorityIdOf } from "../core/authority/generation.ts";
import type { AuthorityPlan } from "../core/authority/plan.ts";
import { requestAuthority } from "../core/authority/external/ca-signing-request.ts";
import { createFirstAuthorities } from "../core/authority/reconciliation/create-authority.ts";
import {
  awaitedOf,
  provisionExternalAuthority,
  type ExternalAuthorityServices,
} from "../core/authority/external/external-authority.ts";
import { parseExternalCa } from "../core/authority/external/external-ca.ts";
import { encodePem } from "../core/asn1/pem.ts";
import { registeredSigner } from "../core/keys/registered-signer.ts";
import { longestLifetimeSeconds, recoveryWindows } from "../core/policy/policy.ts";
import type { AuthorityStore } from "../core/authority/authority-store.ts";
import type { ScheduledServices } from "../core/authority/reconciliation/scheduled-reconciliation.ts";
import { randomSerialNumber } from "../core/certificate/serial-number.ts";
import type { DeploymentConfiguration, ExternalCaSettings } from "../infra/configuration/deployment-configuration.ts";
import { validatorWaitSeconds } from "../infra/configuration/validators.ts";
import { powertoolsObserver } from "../lambdas/observer.ts";
import { StartError } from "./loopback/start-error.ts";

const DAY_SECONDS = 24 * 3600;

/** On one machine there are seldom servers that check certificates. Whoever tries them says `validators` in the configuration. */
const UNSTATED_VALIDATOR_WAIT_SECONDS = 5;

export interface LocalAuthorities {
  readonly services: ScheduledServices;
  readonly plan: AuthorityPlan;
  readonly close: () => void;
}

/** Files for other programs. */
export interface ProvisionedFiles {
  /** Each new trust bundle, in PEM. */
  readonly writeTrustBundle: (pem: string) => void;
  /** The CSR of an issuing CA, in PEM, for an external CA. Returns the path of the file. */
  readonly writeRequest: (authorityId: string, pem: string) => string;
}

/**
 * Makes tables and CA at the first start, and finds them at later ones.
 *
 * @throws StartError when an external CA must sign first, its certificate cannot be used, or the existing CAs are not
 * those of the configuration
 */
export async function provision(
  { clusterName, authority, policy, revocationLists, validators }: DeploymentConfiguration,
  tableNames: TableNames,
  files: ProvisionedFiles,
): Promise<LocalAuthorities> {
  const client = dynamoDbClient();
  await createTables(client, tableNames);
  const kms = provisioningKmsClient();
  const observer = powertoolsObserver({ service: "authority" });
  const services: ScheduledServices = {
    authorities: dynamoDbAuthorityStore({ client, tableName: tableNames.authorities }),
    changeRequests: dynamoDbChangeRequestStore({ client, tableName: tableNames.authorities }),
    watches: dynamoDbRenewalWatchStore({ client, tableName: tableNames.authorities }),
    nodes: dynamoDbNodeStore({ client, tableName: tableNames.nodes }),
    ledger: dynamoDbIssuanceLedger({ client, tableName: tableNames.issuances }),
    lists: dynamoDbRevocationListStore({ client, tableName: tableNames.authorities }),
    keys: kmsKeyMaker({ client: kms }),
    signer: registeredSigner({
      signer: kmsSigner({ client: kms }),
      register: dynamoDbSignatureRegister({ client, tableName: tableNames.authorities }),
      clock: () => new Date(),
      newAttempt: randomUUID,
    }),
    publisher: {
      publish: (pem) => {
        files.writeTrustBundle(pem);
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
    hierarchy: authority.hierarchy,
    keySpec: authority.keySpec,
    rootLifetimeSeconds: authority.rootLifetimeDays * DAY_SECONDS,
    issuingLifetimeSeconds: authority.issuingLifetimeDays * DAY_SECONDS,
    longestLifetimeSeconds: longestLifetimeSeconds(policy),
    recoveryWindowSeconds: recoveryWindows(policy),
    // With an external CA, this many CSRs are made. Otherwise CAs are made when they are needed.
    generations: authority.externalCa && { root: 1, issuing: authority.issuingGenerations },
    recheckSeconds: 1,
    validatorWaitSeconds: validatorWaitSeconds(validators, UNSTATED_VALIDATOR_WAIT_SECONDS),
    forcedRetirementTakesTwo: authority.forcedRetirementTakesTwo,
    revocationLists,
  };
  const requests = dynamoDbAuthorityRequestStore({ client, tableName: tableNames.authorities });
  if (authority.externalCa === undefined) await createFirstAuthorities(services, plan).catch(notStarted);
  else await installExternal({ ...services, requests }, plan, authority.externalCa, files);
  return { services, plan, close: () => kms.destroy() };
}

async function installExternal(
  services: ExternalAuthorityServices,
  plan: AuthorityPlan,
  { roots, issuingCertificates }: ExternalCaSettings,
  { writeRequest }: ProvisionedFiles,
): Promise<void> {
  const external = parseExternalCa(roots.join(""), new Map(Object.entries(issuingCertificates)));
  const bundle = await provisionExternalAuthority(services, plan, external).catch(notStarted);
  const [first] = await Promise.all(
    awaitedOf(plan, external, bundle).map(async (generation) => {
      const csr = await requestAuthority(services, plan, generation);
      return writeRequest(authorityIdOf("issuing", generation), encodePem("CERTIFICATE REQUEST", csr));
    }),
  );
  if (bundle !== undefined || first === undefined) return;
  throw new StartError(
    `the issuing CA waits for its certificate: let the external CA sign ${first}, name the result in authority.issuingCertificateFile, and start again`,
  );
}

function notStarted(error: unknown): never {
  throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
}

/** The PEM of every CA that must be trusted now. @throws Error when there is none: provision first */
export async function trustBundlePem(authorities: AuthorityStore): Promise<string> {
  const bundle = await authorities.read();
  if (bundle === undefined) throw new Error("there is no trust bundle");
  return pemOf(bundle);
}
