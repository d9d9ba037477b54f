import { readFileSync } from "node:fs";
import { parsePolicy } from "../core/policy/policy-document.ts";
import { DEFAULT_POLICY, type Policy } from "../core/policy/policy.ts";
import { ocspUrlOf, revocationListUrlOf, type RevocationListUrl } from "../core/authority/revocation-list-plan.ts";
import { SHARD_COUNTS } from "../core/authority/revocation-shard.ts";

/** The environment variables of each function. Infra and the local run must set exactly these. */
export interface NodeApiEnvironment {
  readonly TOKENS_TABLE_NAME: string;
  readonly NODES_TABLE_NAME: string;
  readonly ISSUANCES_TABLE_NAME: string;
  readonly AUTHORITIES_TABLE_NAME: string;
}

export interface AdminApiEnvironment extends NodeApiEnvironment {
  /**
   * Pins for join commands, space separated (`sha256:…`), of the CA that signs the front door's TLS certificate. Empty
   * on AWS.
   */
  readonly TLS_CA_CERT_HASHES: string;
}

export const NODE_API_VARIABLES: readonly (keyof NodeApiEnvironment)[] = [
  "TOKENS_TABLE_NAME",
  "NODES_TABLE_NAME",
  "ISSUANCES_TABLE_NAME",
  "AUTHORITIES_TABLE_NAME",
];

export const ADMIN_API_VARIABLES: readonly (keyof AdminApiEnvironment)[] = [
  ...NODE_API_VARIABLES,
  "TLS_CA_CERT_HASHES",
];

/**
 * Reads a function's environment once, at start.
 *
 * @throws Error naming every missing variable, or an endpoint override that is not allowed
 */
export function readEnvironment<Name extends string>(
  environment: NodeJS.ProcessEnv,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  assertRealEndpoints(environment);
  const missing = names.filter((name) => environment[name] === undefined);
  if (missing.length > 0) throw new Error(`the environment lacks ${missing.join(", ")}`);
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? ""])) as Record<Name, string>;
}

/**
 * Anyone who may set a function's variables could point it at their own key service. Lambda never needs an override.
 */
function assertRealEndpoints(environment: NodeJS.ProcessEnv): void {
  if (environment["AWS_LAMBDA_FUNCTION_NAME"] === undefined) return;
  const override = Object.keys(environment).find((name) => name.startsWith("AWS_ENDPOINT_URL"));
  if (override !== undefined) throw new Error(`${override} must not be set in Lambda`);
}

/** The policy of this deployment: a JSON file deployed with the function, or the built-in default. */
export function readPolicy(environment: NodeJS.ProcessEnv): Policy {
  const file = environment["POLICY_FILE"];
  return file === undefined || file === "" ? DEFAULT_POLICY : parsePolicy(JSON.parse(readFileSync(file, "utf8")));
}

/** A PEM file of CAs that authenticate the issuers of identity tokens: for the local run only. */
export function readIdentityCa(environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment["IDENTITY_CA_FILE"];
  if (file === undefined) return undefined;
  if (environment["AWS_LAMBDA_FUNCTION_NAME"] !== undefined)
    throw new Error("IDENTITY_CA_FILE must not be set in Lambda");
  return readFileSync(file, "utf8");
}

/** How certificates refer to revocation lists. Both or none. */
export interface RevocationListEnvironment {
  readonly REVOCATION_LIST_URL: string;
  readonly REVOCATION_LIST_SHARDS: string;
}

/** @throws Error naming the variable */
export function readRevocationListUrl(environment: NodeJS.ProcessEnv): RevocationListUrl | undefined {
  if (environment["REVOCATION_LIST_URL"] === undefined) return undefined;
  const { REVOCATION_LIST_URL: url, REVOCATION_LIST_SHARDS: count } = readEnvironment(environment, [
    "REVOCATION_LIST_URL",
    "REVOCATION_LIST_SHARDS",
  ]);
  const shards = SHARD_COUNTS.find((one) => String(one) === count);
  if (shards === undefined) throw new Error(`REVOCATION_LIST_SHARDS must be one of ${SHARD_COUNTS.join(", ")}`);
  return revocationListUrlOf({ url, shards });
}

/** Where certificates say that OCSP is answered: the address of the service, without its route. */
export interface OcspEnvironment {
  readonly OCSP_URL: string;
}

/** Undefined where certificates do not say. */
export function readOcspUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const { OCSP_URL: baseUrl } = environment;
  return baseUrl === undefined ? undefined : ocspUrlOf(baseUrl);
}

/** CloudFront in front of the API, where a deployment has it. Both or none. */
export interface EdgeEnvironment {
  readonly EDGE_DOMAIN_NAME: string;
  /** The secret in Secrets Manager that only CloudFront can present. */
  readonly EDGE_SECRET_ARN: string;
}

/** Undefined where there is no edge. @throws Error naming the missing variable */
export function readEdge(environment: NodeJS.ProcessEnv): EdgeEnvironment | undefined {
  if (environment["EDGE_DOMAIN_NAME"] === undefined) return undefined;
  return readEnvironment(environment, ["EDGE_DOMAIN_NAME", "EDGE_SECRET_ARN"]);
}

/** Kubernetes' API on this host. Each variable but the first is optional. */
export interface KubernetesEnvironment {
  readonly KUBERNETES_API: "enabled";
  /** Space-separated ARNs of the IAM roles and users that are administrators here. */
  readonly KUBERNETES_ADMINISTRATORS?: string;
  /** A PEM file deployed with the function: the CAs that authenticate this host, for `cluster-info`. */
  readonly KUBERNETES_CA_FILE?: string;
  /** How long an administrator's watch is held, at most 25: API Gateway gives up at 30. */
  readonly KUBERNETES_WATCH_SECONDS?: string;
}

export interface KubernetesConfiguration {
  readonly administrators: readonly string[];
  readonly caPem: string | undefined;
  readonly watchSeconds: number;
  /** Replaces STS, for the local run only. */
  readonly stsEndpoint: string | undefined;
}

const DEFAULT_WATCH_SECONDS = 20;
const MAX_WATCH_SECONDS = 25;

/** Undefined where there is no Kubernetes API. @throws Error naming the variable */
export function readKubernetes(environment: NodeJS.ProcessEnv): KubernetesConfiguration | undefined {
  assertRealEndpoints(environment);
  if (environment["KUBERNETES_API"] !== "enabled") return undefined;
  const caFile = environment["KUBERNETES_CA_FILE"];
  const watchSeconds = Number(environment["KUBERNETES_WATCH_SECONDS"] ?? DEFAULT_WATCH_SECONDS);
  if (!(watchSeconds >= 1 && watchSeconds <= MAX_WATCH_SECONDS))
    throw new Error(`KUBERNETES_WATCH_SECONDS must be from 1 to ${MAX_WATCH_SECONDS}`);
  const administrators = (environment["KUBERNETES_ADMINISTRATORS"] ?? "").split(" ").filter((arn) => arn !== "");
  // STS does not report a role's path, so roles are compared without it: a pattern `path/*` would match every role.
  const widest = administrators.find((arn) => arn.endsWith("/*") || arn.startsWith("*"));
  if (widest !== undefined)
    throw new Error(`KUBERNETES_ADMINISTRATORS must name somebody: ${widest} stands for everybody in the account`);
  return {
    administrators,
    caPem: caFile === undefined || caFile === "" ? undefined : readFileSync(caFile, "utf8"),
    watchSeconds,
    stsEndpoint: environment["AWS_ENDPOINT_URL_STS"],
  };
}
