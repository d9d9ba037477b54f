import type { Room } from "../rooms.ts";

export const AGENT_ROOMS: Readonly<Record<string, Room>> = {
  agent: {
    holds: "the entry of nodeseal-agent, and the agent in shell",
    mayImport: [
      "agent/certificate",
      "agent/command-line",
      "agent/directory",
      "agent/keeper",
      "agent/program",
      "agent/service",
    ],
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
    holds: "join, renew, run, status, trust",
    mayImport: [
      "core/",
      "agent/certificate",
      "agent/directory",
      "agent/issuance",
      "agent/keeper",
      "agent/output",
      "agent/program",
      "agent/service",
      "agent/trust",
      "node:",
    ],
  },
  "agent/trust": {
    holds:
      "trust files of servers on this machine: CA certificates and revocation lists, verified before they are written",
    mayImport: [
      "core/",
      "agent/certificate",
      "agent/directory",
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
      "node:url",
    ],
  },
  "agent/directory": {
    holds: "the files of one certificate: durable, locked, in the kubelet's layout",
    mayImport: ["core/", "agent/certificate", "agent/program", "node:"],
  },
  "agent/certificate": {
    holds: "keys, CSRs and trust bundles on the node's side",
    mayImport: ["core/", "agent/program", "node:crypto", "node:os", "node:util"],
  },
  "agent/output": { holds: "log lines and printable text", mayImport: ["core/"] },
  "agent/program": { holds: "clock, version, errors with their exit status", mayImport: ["node:timers/promises"] },
};
