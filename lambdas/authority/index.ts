import { randomUUID } from "node:crypto";
import { dynamoDbAuthorityRequestStore } from "../../adapters/dynamodb/authority/ca-signing-request-store.ts";
import { dynamoDbAuthorityStore } from "../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbChangeRequestStore } from "../../adapters/dynamodb/authority/change-request-store.ts";
import { dynamoDbClient } from "../../adapters/dynamodb/client.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbRenewalWatchStore } from "../../adapters/dynamodb/node/renewal-watch-store.ts";
import { dynamoDbRevocationListStore } from "../../adapters/dynamodb/authority/revocation-list-store.ts";
import { dynamoDbSignatureRegister } from "../../adapters/dynamodb/authority/signature-register.ts";
import { provisioningKmsClient } from "../../adapters/kms/client.ts";
import { kmsKeyMaker } from "../../adapters/kms/key-maker.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { signedRequest } from "../../adapters/signed-request.ts";
import { rolesAnywhereService } from "../../adapters/roles-anywhere/roles-anywhere.ts";
import { s3TrustBundlePublisher } from "../../adapters/s3/trust-bundle-publisher.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { registeredSigner } from "../../core/keys/registered-signer.ts";
import { readEnvironment } from "../configuration.ts";
import { powertoolsObserver } from "../observer.ts";
import { respond } from "./custom-resource-response.ts";
import { readDeployedPlan } from "./deployed-plan.ts";
import { AUTHORITY_VARIABLES, type AuthorityEnvironment } from "./environment.ts";
import { authorityHandler } from "./handler.ts";
import { answerableAt } from "./response-address.ts";

const environment = readEnvironment(process.env, [...AUTHORITY_VARIABLES, "AWS_REGION"]);
const client = dynamoDbClient();
const authoritiesTable = { client, tableName: environment.AUTHORITIES_TABLE_NAME };
const keyService = provisioningKmsClient();
const region = environment.AWS_REGION;
const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";

const { ROLES_ANYWHERE_TRUST_ANCHOR_ARN: trustAnchorArn }: Partial<AuthorityEnvironment> = process.env;

export const handler = authorityHandler({
  authorities: dynamoDbAuthorityStore(authoritiesTable),
  requests: dynamoDbAuthorityRequestStore(authoritiesTable),
  changeRequests: dynamoDbChangeRequestStore(authoritiesTable),
  watches: dynamoDbRenewalWatchStore(authoritiesTable),
  nodes: dynamoDbNodeStore({ client, tableName: environment.NODES_TABLE_NAME }),
  ledger: dynamoDbIssuanceLedger({ client, tableName: environment.ISSUANCES_TABLE_NAME }),
  lists: dynamoDbRevocationListStore(authoritiesTable),
  keys: kmsKeyMaker({ client: keyService }),
  signer: registeredSigner({
    signer: kmsSigner({ client: keyService }),
    register: dynamoDbSignatureRegister(authoritiesTable),
    clock: () => new Date(),
    newAttempt: randomUUID,
  }),
  publisher: s3TrustBundlePublisher({
    request: signedRequest({ service: "s3", region }),
    endpoint: process.env["AWS_ENDPOINT_URL_S3"] ?? `https://s3.${region}.${domain}`,
    bucketName: environment.TRUST_BUNDLE_BUCKET_NAME,
    objectKey: environment.TRUST_BUNDLE_OBJECT_KEY,
  }),
  rolesAnywhere:
    trustAnchorArn === undefined
      ? undefined
      : rolesAnywhereService({
          request: signedRequest({ service: "rolesanywhere", region }),
          endpoint: process.env["AWS_ENDPOINT_URL_ROLESANYWHERE"] ?? `https://rolesanywhere.${region}.${domain}`,
          trustAnchorArn,
        }),
  deployed: () => readDeployedPlan(environment.AUTHORITY_PLAN_FILE),
  // Another endpoint than Amazon's is refused in Lambda (`readEnvironment`).
  assertAnswerable: answerableAt({ region, endpoint: process.env["AWS_ENDPOINT_URL_S3"] }),
  respond,
  clock: () => new Date(),
  newSerialNumber: randomSerialNumber,
  observer: powertoolsObserver({ service: "authority" }),
});
