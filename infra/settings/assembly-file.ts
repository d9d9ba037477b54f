import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import type { Construct } from "constructs";

/**
 * Writes a file into the cloud assembly, to be copied beside a function's code. Returns its path.
 *
 * @throws Error outside of an App or Stage
 */
export function assemblyFile(scope: Construct, name: string, content: string): string {
  const stage = Stage.of(scope);
  if (stage === undefined) throw new Error(`${scope.node.path} must be inside an App or a Stage`);
  const path = join(stage.outdir, `${scope.node.addr}-${name}`);
  writeFileSync(path, content);
  return path;
}
