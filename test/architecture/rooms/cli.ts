import type { Room } from "../rooms.ts";

const CLI_COMMAND = ["cli/arguments", "cli/commands", "cli/invocation", "cli/output", "cli/program", "cli/service"];

export const CLI_ROOMS: Readonly<Record<string, Room>> = {
  cli: {
    holds: "the entry of nodeseal",
    mayImport: ["cli/commands/", "cli/invocation", "cli/output", "cli/program", "commander"],
  },
  "cli/commands": {
    holds: "what several commands share",
    mayImport: ["core/", "cli/arguments", "cli/output", "cli/program", "commander"],
  },
  "cli/commands/audit": {
    holds: "nodeseal audit",
    mayImport: ["core/", ...CLI_COMMAND, "cli/commands/authority", "commander", "node:fs", "node:path", "node:zlib"],
  },
  "cli/commands/authority": {
    holds: "nodeseal ca",
    mayImport: ["core/", ...CLI_COMMAND, "commander", "node:crypto", "node:fs", "node:timers/promises"],
  },
  "cli/commands/certificate": { holds: "nodeseal cert", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/completion": { holds: "nodeseal completion", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
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
  "cli/commands/service": { holds: "nodeseal doctor, whoami", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/commands/token": { holds: "nodeseal token", mayImport: ["core/", ...CLI_COMMAND, "commander"] },
  "cli/arguments": { holds: "options and arguments, checked", mayImport: ["core/", "cli/program", "commander"] },
  "cli/invocation": {
    holds: "one call of the program",
    mayImport: ["core/", "cli/arguments", "cli/output", "cli/program", "cli/service", "node:timers/promises"],
  },
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
};
