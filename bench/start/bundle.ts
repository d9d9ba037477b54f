import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLE_ALIASES, BUNDLE_MAIN_FIELDS } from "../../infra/bundle/settings.ts";
import { comparedWith, rounded, type Figure } from "../figure.ts";
import { median } from "../timing.ts";

const ROOT = join(import.meta.dirname, "../..");
const ROUNDS = 15;

/**
 * The size of node-api's bundle as infra makes it, and the time a cold start needs to import it, beside an empty Node
 * start.
 */
export async function bundleFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-bench-"));
  try {
    const file = join(directory, "index.mjs");
    await build({
      entryPoints: [join(ROOT, "lambdas/node-api/index.ts")],
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      minify: true,
      mainFields: [...BUNDLE_MAIN_FIELDS],
      alias: { ...BUNDLE_ALIASES },
      logLevel: "error",
    });
    return [coldImport(file), { name: "bundle.node-api", value: rounded(statSync(file).size / 1024), unit: "KiB" }];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function coldImport(file: string): Figure {
  const environment = {
    TOKENS_TABLE_NAME: "tokens",
    NODES_TABLE_NAME: "nodes",
    ISSUANCES_TABLE_NAME: "issuances",
    AUTHORITIES_TABLE_NAME: "authorities",
    AWS_REGION: "us-east-1",
  };
  const milliseconds = (source: string): number => {
    const start = performance.now();
    execFileSync(process.execPath, ["--input-type=module", "--eval", source], { env: environment });
    return performance.now() - start;
  };
  const empty: number[] = [];
  const loaded: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(milliseconds(""));
    loaded.push(milliseconds(`await import(${JSON.stringify(`file://${file}`)})`));
  }
  const floor = median(empty);
  return comparedWith(floor, {
    name: "cold.import.node-api",
    value: rounded(median(loaded) - floor),
    unit: "ms",
    note: "floor: an empty Node start, not counted in the value",
  });
}
