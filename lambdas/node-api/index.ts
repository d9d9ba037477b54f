import { randomUUID } from "node:crypto";
import { dynamoDbAuthorityStore } from "../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbClient } from "../../adapters/dynamodb/client.ts";
import { readsTogether } from "../../adapters/dynamodb/table.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbRecoveryAdmissionStore } from "../../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbResponderStore } from "../../adapters/dynamodb/authority/responder-store.ts";
import { dynamoDbRevocationListStore } from "../../adapters/dynamodb/authority/revocation-list-store.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { dynamoDbSignatureRegister } from "../../adapters/dynamodb/authority/signature-register.ts";
import { identityProviderKeySource } from "../../adapters/identity-provider/key-source.ts";
import { kmsClient } from "../../adapters/kms/client.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { identityTokens } from "../../core/attestation/verify-token.ts";
import { cachedIssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { registeredSigner } from "../../core/keys/registered-signer.ts";
import { renewalCalendar } from "../../core/renewal/calendar.ts";
import { ocspResponder } from "../../core/ocsp/responder.ts";
import { cachedStatus } from "../../core/ocsp/revocation-status.ts";
import { cachedRevocationLists } from "../../core/revocation/list-directory.ts";
import { cachedRevokedFingerprints } from "../../core/revocation/revoked-fingerprints.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import {
  NODE_API_VARIABLES,
  readEdge,
  readEnvironment,
  readIdentityCa,
  readKubernetes,
  readOcspUrl,
  readPolicy,
  readRevocationListUrl,
} from "../configuration.ts";
import { powertoolsObserver } from "../observer.ts";
import { edgeSecret } from "./edge-secret.ts";
import { nodeApiHandler } from "./handler.ts";
import { kubernetesOptions } from "./kubernetes/options.ts";

const environment = readEnvironment(process.env, NODE_API_VARIABLES);
const kubernetes = readKubernetes(process.env);
const edge = readEdge(process.env);
const client = dynamoDbClient();
// Token, node and record of a first certificate are one call.
const readItem = readsTogether(client);
const authoritiesTable = { client, tableName: environment.AUTHORITIES_TABLE_NAME };
const clock = (): Date => new Date();
const observer = powertoolsObserver({ service: "node-api" });
const ledger = dynamoDbIssuanceLedger({ client, readItem, tableName: environment.ISSUANCES_TABLE_NAME });

const policy = readPolicy(process.env);
const keySource = identityProviderKeySource({
  ca: readIdentityCa(process.env),
  failed: (error) => observer.failed(error),
});

const issuers = cachedIssuerDirectory(dynamoDbAuthorityStore(authoritiesTable), clock);
const revocationLists = cachedRevocationLists(dynamoDbRevocationListStore(authoritiesTable), clock);
const signer = kmsSigner({ client: kmsClient() });
const ocsp = ocspResponder({
  issuers,
  status: cachedStatus({ revocationLists, ledger, clock }),
  responders: dynamoDbResponderStore(authoritiesTable),
  signer: registeredSigner({
    signer,
    register: dynamoDbSignatureRegister(authoritiesTable),
    clock,
    newAttempt: randomUUID,
  }),
  clock,
  newSerialNumber: randomSerialNumber,
  audit: observer.audit,
  failed: (error) => observer.failed(error),
});

export const handler = nodeApiHandler(
  {
    tokens: dynamoDbTokenStore({ client, readItem, tableName: environment.TOKENS_TABLE_NAME }),
    nodes: dynamoDbNodeStore({ client, readItem, tableName: environment.NODES_TABLE_NAME }),
    ledger,
    admissions: dynamoDbRecoveryAdmissionStore(authoritiesTable),
    issuers,
    revocationLists,
    ocsp,
    revokedFingerprints: cachedRevokedFingerprints({ revocationLists, ledger, clock }),
    signer,
    policy,
    identityTokens: policy.identityProviders.length === 0 ? undefined : identityTokens(policy, keySource, clock),
    clock,
    renewals: renewalCalendar(),
    newSerialNumber: randomSerialNumber,
    revocationListUrl: readRevocationListUrl(process.env),
    ocspUrl: readOcspUrl(process.env),
    newUid: randomUUID,
    audit: observer.audit,
  },
  observer,
  kubernetes && kubernetesOptions(ledger, kubernetes, clock),
  edge && { domainName: edge.EDGE_DOMAIN_NAME, isSecret: edgeSecret(edge, process.env, clock) },
);
