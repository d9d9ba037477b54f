import { describe } from "node:test";
import { memoryAuthorityStore } from "../../adapters/memory/authority-store.ts";
import { memoryIssuanceLedger } from "../../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../../adapters/memory/node-store.ts";
import { memoryTokenStore } from "../../adapters/memory/token-store.ts";
import { authorityStoreContract } from "./authority-store.contract.ts";
import { issuanceExpiryContract } from "./issuance-expiry.contract.ts";
import { issuanceListsContract } from "./issuance-lists.contract.ts";
import { issuanceOutcomeContract } from "./issuance-outcome.contract.ts";
import { issuanceReservationContract } from "./issuance-reservation.contract.ts";
import { nodeActsContract } from "./node-acts.contract.ts";
import { nodeStoreContract } from "./node-store.contract.ts";
import { objectLedgerContract } from "./object-ledger.contract.ts";
import { tokenStoreContract } from "./token-store.contract.ts";

describe("the adapters in memory", () => {
  const ledger = () => Promise.resolve(memoryIssuanceLedger());
  tokenStoreContract(() => Promise.resolve(memoryTokenStore()));
  nodeStoreContract(() => Promise.resolve(memoryNodeStore()));
  nodeActsContract(() => Promise.resolve(memoryNodeStore()));
  authorityStoreContract(() => Promise.resolve(memoryAuthorityStore()));
  issuanceReservationContract(ledger);
  issuanceOutcomeContract(ledger);
  issuanceListsContract(ledger);
  issuanceExpiryContract(ledger);
  objectLedgerContract(ledger);
});
