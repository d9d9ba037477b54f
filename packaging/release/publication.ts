import { basename } from "node:path";

export interface Release {
  readonly version: string;
  /** Of the packages' folder. */
  readonly files: readonly string[];
  readonly notesFile: string;
}

export interface Step {
  readonly program: "npm" | "gh";
  readonly arguments: readonly string[];
  /** When this ends well, the step was done by an earlier run that failed later. */
  readonly doneIf: readonly string[];
}

/**
 * What publishes a release, in its order: npm first, where a version can never be given twice, then the page that tells
 * people. Each may be run again after a failure.
 */
export function publication({ version, files, notesFile }: Release): readonly Step[] {
  const packages = files.filter((file) => file.endsWith(".tgz"));
  return [
    ...packages.map((file): Step => ({
      program: "npm",
      // The workflow's identity signs where it was built (https://docs.npmjs.com/generating-provenance-statements).
      arguments: ["publish", file, "--provenance", "--access", "public"],
      doneIf: ["view", `${nameOf(file, version)}@${version}`, "version"],
    })),
    {
      program: "gh",
      arguments: [
        "release",
        "create",
        `v${version}`,
        ...files,
        "--verify-tag",
        "--title",
        `v${version}`,
        "--notes-file",
        notesFile,
      ],
      doneIf: ["release", "view", `v${version}`],
    },
  ];
}

/** `nodeseal-agent-0.1.0.tgz`, as npm itself names a packed package. */
function nameOf(file: string, version: string): string {
  return basename(file).slice(0, -`-${version}.tgz`.length);
}
