import { bundle, type Bundle } from "./bundle.ts";

/** The name of the one file, in every package. */
export const AGENT_FILE = "nodeseal-agent.cjs";

/**
 * The agent as one file without dependencies. Blanks and comments are left out, names are kept: an operator may have to
 * read a stack trace of it.
 */
export function agentBundle(): Promise<Bundle> {
  return bundle("__dirname", {
    entryPoints: { "nodeseal-agent": "agent/main.ts" },
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    target: "node20",
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: false,
    banner: { js: "#!/usr/bin/env node" },
  });
}
