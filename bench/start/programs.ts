import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparedWith, rounded, type Figure } from "../figure.ts";
import { median } from "../timing.ts";

const ROUNDS = 15;

/**
 * The time of a start of each program, from the launcher to the end, beside an empty start of the same Node.js. The
 * first run, which fills the compile cache, is not counted.
 */
export function startFigures(): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-bench-"));
  try {
    const empty = contestant(["--input-type=module", "--eval", ""], 0);
    const cli = contestant([program("nodeseal.js"), "--version"], 0);
    // Exit status 3: there is no certificate. The same modules are loaded.
    const agent = contestant([program("nodeseal-agent.js"), "status", "--dir", directory], 3);
    for (let round = 0; round <= ROUNDS; round++) for (const { run } of [empty, cli, agent]) run(round > 0);
    const floor = median(empty.times);
    return [
      comparedWith(floor, {
        name: "cli.start",
        value: rounded(median(cli.times)),
        unit: "ms",
        note: "nodeseal --version; floor: an empty Node start, counted in the value",
      }),
      comparedWith(floor, {
        name: "agent.start",
        value: rounded(median(agent.times)),
        unit: "ms",
        note: "nodeseal-agent status; the same floor",
      }),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Contestant {
  readonly times: number[];
  readonly run: (isCounted: boolean) => void;
}

function contestant(args: readonly string[], expectedStatus: number): Contestant {
  const times: number[] = [];
  const run = (isCounted: boolean): void => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== expectedStatus) throw new Error(`node ${args.join(" ")} ended with ${String(status)}: ${stderr}`);
    if (isCounted) times.push(performance.now() - start);
  };
  return { times, run };
}

function program(name: string): string {
  return join(import.meta.dirname, "../../bin", name);
}
