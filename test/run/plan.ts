/** Looks at what the others did, so it comes last. */
const LAST = "test/least-privilege.test.ts";

export interface Stage {
  readonly heading: string;
  /** Each a list of test files that share a process, in the order in which they begin. */
  readonly processes: readonly (readonly string[])[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Files with a process of their own, those that take longest first, so that no core waits for a long one at the end:
 * they start services or other programs, change what their process shares (its clock, its modules), or keep a core
 * busy for long.
 */
const ALONE: readonly RegExp[] = [
  /\/shell-agent.*\.test\.ts$/,
  /\/reservation-model\.test\.ts$/,
  /^test\/run\//,
  /^test\/adapters\//,
  /^test\/agent\/(killed|fleet|systemd|power-cut)\.test\.ts$/,
  /^test\/infra\/(deployed-.*|cfn-lint|bundle)\.test\.ts$/,
  /^test\/end-to-end\//,
  /^test\/kubernetes\//,
  /^test\/packaging\//,
  /^test\/(costs|csr-generators|roles-anywhere)\//,
  /\/agent-hostile\.test\.ts$/,
  /\/(large-list|own-lists|local-dynamodb|door|chosen-secret|stack-on-moto|authority-crash)\.test\.ts$/,
];

/** Enough that starting Node.js does not matter, few enough that both cores get a share. */
const MOST_FILES = 40;

/** The stages of a run of some files, or all of them. */
export function stagesOf(files: readonly string[], all: readonly string[]): readonly Stage[] {
  const stages: readonly Stage[] = [
    { heading: "the sources", processes: processesOf(files.filter((file) => file !== LAST)), environment: {} },
    {
      heading: "the bundles that ship",
      processes: processesOf(files.filter((file) => file.startsWith("test/end-to-end/"))),
      environment: { NODESEAL_TEST_FUNCTIONS: "bundles" },
    },
    {
      heading: "every call to AWS that was made",
      processes: files.length > 0 && all.includes(LAST) ? [[LAST]] : [],
      // A part of the suite needs a part of the permissions.
      environment: files.length === all.length ? { NODESEAL_WHOLE_RUN: "1" } : {},
    },
  ];
  return stages.filter(({ processes }) => processes.length > 0);
}

function processesOf(files: readonly string[]): readonly (readonly string[])[] {
  const rankOf = (file: string): number => ALONE.findIndex((pattern) => pattern.test(file));
  const alone = files.filter((file) => rankOf(file) !== -1).sort((a, b) => rankOf(a) - rankOf(b));
  const byFolder = Object.values(
    Object.groupBy(
      files.filter((file) => rankOf(file) === -1),
      (file) => file.split("/").slice(0, 2).join("/"),
    ),
  );
  return [...alone.map((file) => [file]), ...byFolder.flatMap((members = []) => portions(members))];
}

/** As equal as can be. */
function portions(files: readonly string[]): string[][] {
  const size = Math.ceil(files.length / Math.ceil(files.length / MOST_FILES));
  return Array.from({ length: Math.ceil(files.length / size) }, (_, i) => files.slice(i * size, (i + 1) * size));
}

/** Whether a file needs no service, no program and no template: seconds for all of them. */
export function isUnit(file: string): boolean {
  return file !== LAST && !file.startsWith("test/infra/") && !ALONE.some((pattern) => pattern.test(file));
}
