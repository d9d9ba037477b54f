import { spawn } from "node:child_process";
import { join } from "node:path";
import { CpuMeter } from "./cpu-meter.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface StaticCheck {
  readonly name: string;
  /** Arguments of Node.js. */
  readonly command: readonly string[];
}

const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);

/**
 * What is checked without running anything. The compiler and Prettier know what a change touches, so what they found
 * before is kept. ESLint looks at one file at a time, but its rules ask for types of other files: what it found before
 * is kept for the inner loop only.
 */
export function staticChecks(isInnerLoop: boolean): readonly StaticCheck[] {
  return [
    {
      name: "types and lint",
      // Types live long: with the usual young generation, moving them about is a quarter of all the work.
      command: [
        "--max-semi-space-size=64",
        join(import.meta.dirname, "types-and-lint.ts"),
        ...(isInnerLoop ? ["--cached"] : []),
      ],
    },
    {
      name: "format",
      command: [bin("prettier"), "--check", ".", "--log-level=warn", "--cache", "--cache-strategy=content"],
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
  const meter = new CpuMeter();
  const child = spawn(process.execPath, [...meter.execArgv, ...command], {
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
