import type { Bundle } from "../content/bundle.ts";
import { AGENT_FILE } from "../content/agent-bundle.ts";
import { licence, page, shellAgent, systemdUnits } from "../content/agent-files.ts";
import { agentManPage } from "../content/man-page.ts";
import { writeNpmPackage } from "./npm-package.ts";
import { noticesOf, thirdPartyPackages } from "../content/third-party.ts";

/** The agent for machines that have Node.js: one file, and what belongs to it. */
export function writeAgentPackage(output: string, { files, inputs }: Bundle): string {
  const program = files.get(AGENT_FILE);
  if (program === undefined) throw new Error(`the bundle holds ${[...files.keys()].join(", ")}, no ${AGENT_FILE}`);
  // As npm installs globally where it is not told otherwise.
  const units = systemdUnits("/usr/local/bin/nodeseal-agent", "man:nodeseal-agent(1)");
  return writeNpmPackage(output, {
    manifest: {
      name: "nodeseal-agent",
      description: "The node's side of Nodeseal: trades a bootstrap token for a certificate, and renews it for ever",
      engines: { node: ">=20" },
      bin: { "nodeseal-agent": AGENT_FILE },
      man: ["./man/nodeseal-agent.1"],
    },
    files: new Map<string, string | Uint8Array>([
      [AGENT_FILE, program],
      ["man/nodeseal-agent.1", agentManPage(program)],
      ["nodeseal-join.sh", shellAgent()],
      ...[...units].map(([name, text]): [string, string] => [`systemd/${name}`, text]),
      ["README.md", page("nodeseal-agent.md")],
      ["LICENSE", licence()],
      ["THIRD-PARTY-NOTICES", noticesOf(thirdPartyPackages(inputs))],
    ]),
    programs: [AGENT_FILE, "nodeseal-join.sh"],
  });
}
