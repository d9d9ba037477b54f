import { dynamoDbAuthorityRequestStore } from "../../adapters/dynamodb/authority/ca-signing-request-store.ts";
import { dynamoDbAuthorityStore } from "../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbChangeRequestStore } from "../../adapters/dynamodb/authority/change-request-store.ts";
import { dynamoDbRecoveryAdmissionStore } from "../../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbClient } from "../../adapters/dynamodb/client.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbSignatureRegister } from "../../adapters/dynamodb/authority/signature-register.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { randomBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { cachedIssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { ADMIN_API_VARIABLES, readEnvironment, readKubernetes, readPolicy } from "../configuration.ts";
import { kubernetesOptions } from "../node-api/kubernetes/options.ts";
import { powertoolsObserver } from "../observer.ts";
import { adminApiHandler } from "./handler.ts";

const environment = readEnvironment(process.env, ADMIN_API_VARIABLES);
const client = dynamoDbClient();
const clock = (): Date => new Date();
const observer = powertoolsObserver({ service: "admin-api" });
const ledger = dynamoDbIssuanceLedger({ client, tableName: environment.ISSUANCES_TABLE_NAME });
const authoritiesTable = { client, tableName: environment.AUTHORITIES_TABLE_NAME };
const authorities = dynamoDbAuthorityStore(authoritiesTable);
const kubernetes = readKubernetes(process.env);

export const handler = adminApiHandler(
  {
    tokens: dynamoDbTokenStore({ client, tableName: environment.TOKENS_TABLE_NAME }),
    nodes: dynamoDbNodeStore({ client, tableName: environment.NODES_TABLE_NAME }),
    ledger,
    admissions: dynamoDbRecoveryAdmissionStore(authoritiesTable),
    signatures: dynamoDbSignatureRegister(authoritiesTable),
    policy: readPolicy(process.env),
    issuers: cachedIssuerDirectory(authorities, clock),
    authorities,
    authorityRequests: dynamoDbAuthorityRequestStore(authoritiesTable),
    changeRequests: dynamoDbChangeRequestStore(authoritiesTable),
    clock,
    newToken: randomBootstrapToken,
    audit: observer.audit,
    tlsCaCertHashes: environment.TLS_CA_CERT_HASHES.split(" ").filter((hash) => hash !== ""),
    clusterInfoCaPem: kubernetes?.caPem,
  },
  observer,
  kubernetes && {
    objects: ledger,
    options: kubernetesOptions(ledger, kubernetes, clock),
  },
);
