import type { AuditEvent } from "../../core/audit/audit-event.ts";
import { encodeBootstrapToken, randomBootstrapToken, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import { confirmCertificate } from "../../core/issuance/confirm-certificate.ts";
import { authenticateCertificate } from "../../core/issuance/authenticate-certificate.ts";
import type { Der } from "../../core/asn1/der.ts";
import { enrol } from "../../core/issuance/enrol.ts";
import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import type { IssuanceServices } from "../../core/claim/issuance-services.ts";
import { fetchWithToken } from "../../core/issuance/fetch-certificate.ts";
import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { AgentReport, NodeRecord } from "../../core/ledger/node-record.ts";
import { issuerDirectory, type IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { DEFAULT_POLICY, type Policy } from "../../core/policy/policy.ts";
import type { Signer } from "../../core/keys/signer.ts";
import { renew } from "../../core/issuance/renew.ts";
import { renewalCalendar } from "../../core/renewal/calendar.ts";
import type { RevocationListUrl } from "../../core/authority/revocation-list-plan.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import { memoryIssuanceLedger } from "../../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../../adapters/memory/node-store.ts";
import { memoryRecoveryAdmissionStore } from "../../adapters/memory/recovery-admission-store.ts";
import { memoryTokenStore } from "../../adapters/memory/token-store.ts";
import { authorityServices, NOW } from "./authorities.ts";
import { intercepted, type Gate, type Outside } from "./intercepted-services.ts";
import {
  enrolmentRequest,
  PARAMETERS,
  renewalRequest,
  tokenRecordOf,
  type Enrolment,
  type Renewal,
} from "./node-requests.ts";

/** A CA whose keys are at hand, made once for a whole test file. */
export interface TestIssuing {
  readonly directory: IssuerDirectory;
  readonly signer: Signer;
}

let issuing: Promise<TestIssuing> | undefined;

export function testIssuing(): Promise<TestIssuing> {
  issuing ??= createIssuing();
  return issuing;
}

async function createIssuing(): Promise<TestIssuing> {
  const services = authorityServices(NOW);
  const bundle = await createFirstAuthorities(services, DEFAULT_AUTHORITY_PLAN);
  return { directory: issuerDirectory(bundle), signer: services.signer };
}

/** Time stands still unless it is told to go on. */
export class TestClock {
  #milliseconds = NOW.getTime();

  readonly now = (): Date => new Date(this.#milliseconds);

  advance(seconds: number): void {
    this.#milliseconds += seconds * 1000;
  }
}

/** The calls that leave something behind, here or at the key service. */
export function writesOf(calls: readonly string[]): string[] {
  return calls.filter((call) => !call.includes(".read") && !call.includes(".find"));
}

/** @param tables what is stored of nodes and certificates: for whoever restores it to an earlier state */
export function memoryStores(tables = memoryTables()) {
  return {
    tokens: memoryTokenStore(),
    nodes: memoryNodeStore({}, tables.nodes),
    ledger: memoryIssuanceLedger({}, tables.issuances),
    admissions: memoryRecoveryAdmissionStore(),
  };
}

export function memoryTables() {
  return { nodes: new Map<string, NodeRecord>(), issuances: new Map<string, IssuanceRecord>() };
}

export interface HarnessOptions {
  readonly policy?: Policy;
  /** Stands before every call to the stores and the signer. */
  readonly gate?: Gate;
  /** Changes what the stores and the signer do. */
  readonly alter?: (outside: Outside) => Outside;
  /** Where certificates say that their revocation would be listed. @default - they do not */
  readonly revocationListUrl?: RevocationListUrl;
  /** Where certificates say that OCSP is answered. @default - they do not */
  readonly ocspUrl?: string;
}

/** The real core over stores in memory and a real P-256 issuing key, with everything it does to the outside noted down. */
export interface IssuanceHarness {
  readonly services: IssuanceServices;
  /** The stores themselves: looking into them is not noted. */
  readonly stores: ReturnType<typeof memoryStores>;
  /** What is in the stores. Objects in it are replaced, never changed: a copy of the map is a backup. */
  readonly tables: ReturnType<typeof memoryTables>;
  readonly directory: IssuerDirectory;
  readonly clock: TestClock;
  /** Calls in the order they were made: `tokens.read`, `signer.sign`. */
  readonly calls: string[];
  /** Names of calls that fail the next time they are made, without effect: the function dies there. */
  readonly failures: Set<string>;
  readonly audit: AuditEvent[];
  newToken(changes?: Partial<TokenRecord>): Promise<BootstrapToken>;
  /** Arrives now, unless said otherwise. */
  enrol(enrolment: Untimed<Enrolment>): Promise<IssuanceAnswer>;
  renew(renewal: Untimed<Renewal>): Promise<IssuanceAnswer>;
  /** Asks for an own request by its name. */
  fetch(token: BootstrapToken, name: string): Promise<IssuanceAnswer>;
  confirm(name: string, certificate: Der, agent?: AgentReport): Promise<void>;
}

type Untimed<T extends { readonly arrivedAt: Date }> = Omit<T, "arrivedAt"> & { readonly arrivedAt?: Date };

export async function issuanceHarness({
  policy,
  gate,
  alter,
  revocationListUrl,
  ocspUrl,
}: HarnessOptions = {}): Promise<IssuanceHarness> {
  const { directory, signer } = await testIssuing();
  const tables = memoryTables();
  const stores = memoryStores(tables);
  const clock = new TestClock();
  const calls: string[] = [];
  const failures = new Set<string>();
  const audit: AuditEvent[] = [];
  const noting: Gate = (call, make) => {
    calls.push(call.name);
    if (failures.delete(call.name)) return Promise.reject(new Error(`the function died at ${call.name}`));
    return gate === undefined ? make() : gate(call, make);
  };
  const outside = { ...stores, signer };
  const services: IssuanceServices = {
    ...intercepted(alter?.(outside) ?? outside, noting),
    issuers: () => Promise.resolve(directory),
    policy: policy ?? DEFAULT_POLICY,
    clock: clock.now,
    renewals: renewalCalendar(),
    newSerialNumber: randomSerialNumber,
    newUid: () => crypto.randomUUID(),
    audit: (event) => audit.push(event),
    ...(revocationListUrl === undefined ? {} : { revocationListUrl }),
    ...(ocspUrl === undefined ? {} : { ocspUrl }),
  };
  const timed = <T extends { readonly arrivedAt: Date }>(request: Untimed<T>) => ({
    arrivedAt: clock.now(),
    ...request,
  });
  return {
    services,
    stores,
    tables,
    directory,
    clock,
    calls,
    failures,
    audit,
    newToken: async (changes) => {
      const token = randomBootstrapToken();
      await stores.tokens.create(tokenRecordOf(token, changes));
      return token;
    },
    enrol: (enrolment) => enrol(services, enrolmentRequest(timed<Enrolment>(enrolment))),
    renew: async (renewal) => renew(services, renewalRequest(timed<Renewal>(renewal), directory, clock.now())),
    fetch: (token, name) =>
      fetchWithToken(services, encodeBootstrapToken(token), {
        name,
        sourceIp: PARAMETERS.sourceIp,
        arrivedAt: clock.now(),
      }),
    confirm: async (name, certificate, agent) =>
      confirmCertificate(
        services,
        name,
        authenticateCertificate(certificate, directory, clock.now(), "invalid_client_certificate"),
        agent,
      ),
  };
}
