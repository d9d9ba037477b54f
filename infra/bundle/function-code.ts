import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Stage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { FunctionName } from "../settings/function-role-name.ts";
import { functionBundle } from "./function-bundle.ts";

/**
 * A function's code: its bundle, and files beside it, at `/var/task/`.
 *
 * @param files name to content
 * @throws Error outside of an App or Stage
 */
export function functionCode(scope: Construct, name: FunctionName, files: Readonly<Record<string, string>>): Code {
  const stage = Stage.of(scope);
  if (stage === undefined) throw new Error(`${scope.node.path} must be inside an App or a Stage`);
  // The cloud assembly may be named relative to the directory of whoever synthesizes.
  const directory = join(resolve(stage.outdir), `function-${scope.node.addr}`);
  mkdirSync(directory, { recursive: true });
  const write = (file: string, content: string | Uint8Array): void => {
    const path = join(directory, file);
    writeFileSync(path, content);
    // Lambda runs as another user than the owner of the files. A strict umask would keep it out.
    chmodSync(path, 0o644);
  };
  write("index.mjs", functionBundle(name));
  for (const [file, content] of Object.entries(files)) write(file, content);
  return Code.fromAsset(directory);
}
