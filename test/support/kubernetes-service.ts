import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryIssuanceLedger } from "../../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../../adapters/memory/node-store.ts";
import { memoryRecoveryAdmissionStore } from "../../adapters/memory/recovery-admission-store.ts";
import { memoryTokenStore } from "../../adapters/memory/token-store.ts";
import type { ObjectLedger } from "../../core/ledger/object-ledger.ts";
import type { IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import { trustedAuthorities } from "../../core/authority/authority.ts";
import {
  DEFAULT_TOKEN_GROUP,
  encodeBootstrapToken,
  randomBootstrapToken,
  type BootstrapToken,
} from "../../core/token/bootstrap-token.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import type { Identity } from "../../core/token/identity.ts";
import { issuerDirectory } from "../../core/authority/issuer-directory.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS, type Policy } from "../../core/policy/policy.ts";
import { renewalCalendar } from "../../core/renewal/calendar.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import { administrationOperation } from "../../lambdas/node-api/kubernetes/administration.ts";
import { administrationRoutes } from "../../lambdas/admin-api/kubernetes-routes.ts";
import type { Edge } from "../../lambdas/http/edge.ts";
import { httpFunction } from "../../lambdas/http/http-function.ts";
import { nodeApiHandler } from "../../lambdas/node-api/handler.ts";
import { kubernetesRoutes, watchRoutes } from "../../lambdas/node-api/kubernetes/routes.ts";
import type { DecisionServices, KubernetesOptions } from "../../lambdas/node-api/kubernetes/protocol/services.ts";
import { routes } from "../../lambdas/node-api/routes.ts";
import type { Observer } from "../../lambdas/observer.ts";
import type { HttpHandler } from "../../lambdas/http-handler.ts";
import { frontDoor } from "../../local/front-door/server.ts";
import { openTlsCertificates } from "../../local/data/tls.ts";
import { authorityServices } from "./authorities.ts";
import { tokenRecordOf } from "./node-requests.ts";

export const ADMINISTRATORS_GROUP = "nodeseal:administrators";
export const ADMINISTRATOR: Identity = {
  username: "arn:aws:iam::111122223333:user/ada",
  groups: [ADMINISTRATORS_GROUP, "system:authenticated"],
};
const ADMINISTRATOR_TOKEN = "administrator-token-of-this-test";

/** The default policy, and client certificates for people on an operator's override, as kube-apiserver-client is for. */
export const KUBERNETES_POLICY: Policy = {
  ...DEFAULT_POLICY,
  version: "test",
  rules: [
    ...DEFAULT_POLICY.rules,
    {
      ...RULE_DEFAULTS,
      name: "people",
      group: ADMINISTRATORS_GROUP,
      signerName: "kubernetes.io/kube-apiserver-client",
      approval: "manual",
      organizations: ["developers"],
    },
    {
      ...RULE_DEFAULTS,
      name: "serving",
      group: "system:nodes",
      signerName: "kubernetes.io/kubelet-serving",
      approval: "auto",
      ownNameOnly: true,
      dnsNames: ["{name}"],
      ipAddresses: ["10.0.0.0/8"],
    },
  ],
};

export interface KubernetesServiceOptions {
  readonly policy?: Policy;
  readonly options?: Partial<KubernetesOptions>;
  readonly clock?: () => Date;
  /** In memory, unless a test has one of its own. */
  readonly ledger?: IssuanceLedger & ObjectLedger;
  /** @default - nothing stands in front of the service */
  readonly edge?: Edge;
}

/** The node API over stores in memory behind the local front door: real HTTPS for real clients. */
export async function startKubernetesService({
  policy,
  options,
  clock,
  ledger = memoryIssuanceLedger(),
  edge,
}: KubernetesServiceOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-test-"));
  const tls = openTlsCertificates(join(directory, "tls.json"), new Date());
  // A day old, for services whose clock is set back.
  const authorities = authorityServices(new Date(Date.now() - 24 * 3600_000));
  const issuers = issuerDirectory(await createFirstAuthorities(authorities, DEFAULT_AUTHORITY_PLAN));
  const [tokens, nodes] = [memoryTokenStore(), memoryNodeStore()];
  const faults: unknown[] = [];
  const now = clock ?? ((): Date => new Date());
  const services = {
    tokens,
    nodes,
    ledger,
    admissions: memoryRecoveryAdmissionStore(),
    issuers: () => Promise.resolve(issuers),
    signer: authorities.signer,
    policy: policy ?? KUBERNETES_POLICY,
    clock: now,
    renewals: renewalCalendar(),
    newSerialNumber: randomSerialNumber,
    newUid: () => crypto.randomUUID(),
    audit: () => undefined,
  };
  const kubernetes: KubernetesOptions = {
    objects: ledger,
    administrators: (token) => Promise.resolve(token === ADMINISTRATOR_TOKEN ? ADMINISTRATOR : undefined),
    clusterInfo: { caPem: tls.caCertificatePem },
    watch: { holdMilliseconds: 4000, pollMilliseconds: 100, settleMilliseconds: 50 },
    ...options,
  };
  const watcher = observer(faults);
  // As deployed: what signs cannot administer, and what administers has nothing to sign with.
  const handlers = {
    "node-api": nodeApiHandler(services, watcher, kubernetes, edge),
    "admin-api": administrationHandler({ ...services, objects: ledger, options: kubernetes, holders: nodes }, watcher),
  };
  const trustBundle = trustedAuthorities(issuers.bundle)
    .map(({ certificate }) => encodePem("CERTIFICATE", certificate))
    .join("");
  const requests: string[] = [];
  const door = frontDoor({
    port: 0,
    tls: { certificateChainPem: tls.serverCertificatePem + tls.caCertificatePem, keyPem: tls.serverKeyPem },
    functions: [
      { name: "node-api" as const, routes: [...routes, ...kubernetesRoutes, ...watchRoutes] },
      { name: "admin-api" as const, routes: administrationRoutes },
    ].map((one) => ({
      ...one,
      handler: async (event, context) => {
        const { http } = event.requestContext;
        const answer = await handlers[one.name](event, context);
        requests.push(`${http.method} ${event.rawPath}?${event.rawQueryString} ${answer.statusCode}`);
        return answer;
      },
    })),
    trustBundle: () => trustBundle,
    credentials: { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "a".repeat(40) },
    region: "us-east-1",
    accountId: "111122223333",
    onFault: (fault) => faults.push(fault),
  });
  const { url } = await door.start();
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, tls.caCertificatePem);
  const kubeconfigOf = (name: string, token: string, server = url): string => {
    const file = join(directory, `${name}.kubeconfig`);
    writeFileSync(file, kubeconfig(server, tls.caCertificatePem, token), { mode: 0o600 });
    return file;
  };
  return {
    url,
    directory,
    caFile,
    tls: { certificateChainPem: tls.serverCertificatePem + tls.caCertificatePem, keyPem: tls.serverKeyPem },
    services,
    ledger,
    tokens,
    nodes,
    issuers,
    trustBundle,
    /** `GET /path?query 200`, in the order they were answered. */
    requests,
    /** What no test may leave behind. */
    faults,
    administratorToken: ADMINISTRATOR_TOKEN,
    administratorKubeconfig: kubeconfigOf("administrator", ADMINISTRATOR_TOKEN),
    kubeconfigOf,
    newToken: async (changes: Partial<TokenRecord> = {}): Promise<BootstrapToken> => {
      const token = randomBootstrapToken();
      await tokens.create(tokenRecordOf(token, { groups: [DEFAULT_TOKEN_GROUP], ...changes }));
      return token;
    },
    bootstrapKubeconfig: (token: BootstrapToken): string =>
      kubeconfigOf(`bootstrap-${token.id}`, encodeBootstrapToken(token)),
    close: async (): Promise<void> => {
      await door.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function administrationHandler(
  { tokens, ledger, issuers, policy, clock, audit, objects, options, holders }: Omit<DecisionServices, "failed">,
  watcher: Observer,
): HttpHandler {
  const services = { tokens, ledger, issuers, policy, clock, audit, objects, options, holders };
  const operation = administrationOperation({ ...services, failed: (error) => watcher.failed(error) }, watcher);
  return httpFunction(Object.fromEntries(administrationRoutes.map(({ routeKey }) => [routeKey, operation])), watcher);
}

export type KubernetesService = Awaited<ReturnType<typeof startKubernetesService>>;

function kubeconfig(server: string, caPem: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "nodeseal",
        cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") },
      },
    ],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "nodeseal", context: { cluster: "nodeseal", user: "user" } }],
    "current-context": "nodeseal",
  });
}

function observer(faults: unknown[]): Observer {
  return {
    audit: () => undefined,
    begin: () => undefined,
    end: () => undefined,
    refused: () => undefined,
    failed: (error) => faults.push(error),
  };
}
