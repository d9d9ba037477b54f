import { spawn } from "node:child_process";
import { join } from "node:path";
import { CpuMeter } from "./cpu-meter.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface StaticCheck {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const CACHE = "node_modules/.cache";

/**
 * What is checked without running anything. The compiler and Prettier know what a change touches, so what they found
 * before is kept. ESLint looks at one file at a time, but its rules ask for types of other files: what it found before
 * is kept for the inner loop only.
 */
export function staticChecks(isInnerLoop: boolean): readonly StaticCheck[] {
  const cached = isInnerLoop ? ["--cache", "--cache-strategy", "content", "--cache-location", `${CACHE}/eslint/`] : [];
  return [
    { name: "lint", command: ["eslint", ".", ...cached] },
    { name: "types", command: ["tsc"] },
    {
      name: "format",
      command: [
        "prettier",
        "--check",
        ".",
        "--log-level=warn",
        "--cache",
        "--cache-strategy=content",
        `--cache-location=${CACHE}/prettier`,
      ],
    },
  ];
}

export interface StaticResult {
  readonly hasSucceeded: boolean;
  readonly output: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Never rejects. */
export async function runStaticCheck({ command }: StaticCheck, signal: AbortSignal): Promise<StaticResult> {
  const started = performance.now();
  const [program, ...args] = command;
  const meter = new CpuMeter();
  const child = spawn(process.execPath, [...meter.execArgv, join(ROOT, "node_modules/.bin", program), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...meter.environment },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => void (output += text));
  }
  const hasSucceeded = await new Promise<boolean>((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}\n`;
      resolve(false);
    });
    child.once("close", (status) => resolve(status === 0));
  });
  return { hasSucceeded, output, seconds: (performance.now() - started) / 1000, cpuSeconds: meter.read() };
}
