import { dynamoDbAuthorityRequestStore } from "../../../adapters/dynamodb/authority/ca-signing-request-store.ts";
import { dynamoDbAuthorityStore } from "../../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbChangeRequestStore } from "../../../adapters/dynamodb/authority/change-request-store.ts";
import { dynamoDbIssuanceLedger } from "../../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbRenewalWatchStore } from "../../../adapters/dynamodb/node/renewal-watch-store.ts";
import { dynamoDbRecoveryAdmissionStore } from "../../../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbRevocationListStore } from "../../../adapters/dynamodb/authority/revocation-list-store.ts";
import { dynamoDbSignatureRegister } from "../../../adapters/dynamodb/authority/signature-register.ts";
import { dynamoDbTokenStore } from "../../../adapters/dynamodb/token/token-store.ts";
import { freshTable } from "../../support/dynamodb-tables.ts";
import type { DynamoDbServer } from "../../support/dynamodb-servers.ts";
import { authorityRequestStoreContract } from "./ca-signing-request-store.contract.ts";
import { authorityStoreContract } from "./authority-store.contract.ts";
import { changeRequestStoreContract } from "./change-request-store.contract.ts";
import { issuanceExpiryContract } from "./issuance-expiry.contract.ts";
import { issuanceListsContract } from "./issuance-lists.contract.ts";
import { issuanceApprovalContract } from "./issuance-approval.contract.ts";
import { issuanceOutcomeContract } from "./issuance-outcome.contract.ts";
import { issuanceReservationContract } from "./issuance-reservation.contract.ts";
import { nodeActsContract, type WaysTogether } from "./node-acts.contract.ts";
import { nodeStoreContract } from "./node-store.contract.ts";
import { objectLedgerContract } from "./object-ledger.contract.ts";
import { overdueNodesContract } from "./overdue-nodes.contract.ts";
import { recoveryAdmissionStoreContract } from "./recovery-admission-store.contract.ts";
import { ownedListContract } from "./owned-list.contract.ts";
import { renewalWatchStoreContract } from "./renewal-watch-store.contract.ts";
import { revocationLedgerContract } from "./revocation-ledger.contract.ts";
import { revocationListStoreContract } from "./revocation-list-store.contract.ts";
import { signatureRegisterContract } from "./signature-register.contract.ts";
import { tokenStoreContract } from "./token-store.contract.ts";
import { unreadableRevocationContract } from "./unreadable-revocation.contract.ts";

/** All contracts of the stores, each test on a table of its own. */
export function dynamoDbContracts(server: () => DynamoDbServer, waysOfNodes: WaysTogether = "two"): void {
  const ledger = async () => dynamoDbIssuanceLedger(await freshTable(server().client, "issuances"));
  tokenStoreContract(async () => dynamoDbTokenStore(await freshTable(server().client, "tokens")));
  nodeStoreContract(async () => dynamoDbNodeStore(await freshTable(server().client, "nodes")));
  nodeActsContract(async () => dynamoDbNodeStore(await freshTable(server().client, "nodes")), waysOfNodes);
  authorityStoreContract(async () => dynamoDbAuthorityStore(await freshTable(server().client, "authorities")));
  changeRequestStoreContract(async () => dynamoDbChangeRequestStore(await freshTable(server().client, "authorities")));
  authorityRequestStoreContract(async () =>
    dynamoDbAuthorityRequestStore(await freshTable(server().client, "authorities")),
  );
  recoveryAdmissionStoreContract(async () =>
    dynamoDbRecoveryAdmissionStore(await freshTable(server().client, "authorities")),
  );
  renewalWatchStoreContract(async () => dynamoDbRenewalWatchStore(await freshTable(server().client, "authorities")));
  overdueNodesContract(async () => ({
    ledger: await ledger(),
    nodes: dynamoDbNodeStore(await freshTable(server().client, "nodes")),
  }));
  revocationListStoreContract(async () =>
    dynamoDbRevocationListStore(await freshTable(server().client, "authorities")),
  );
  signatureRegisterContract(async () => dynamoDbSignatureRegister(await freshTable(server().client, "authorities")));
  issuanceReservationContract(ledger);
  issuanceApprovalContract(ledger);
  issuanceOutcomeContract(ledger);
  issuanceListsContract(ledger);
  issuanceExpiryContract(ledger);
  objectLedgerContract(ledger);
  ownedListContract(ledger);
  revocationLedgerContract(ledger);
  unreadableRevocationContract(() => freshTable(server().client, "issuances"));
}
