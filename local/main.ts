import { join } from "node:path";
import { sourceDeployment } from "./deployment.ts";
import { runProgram } from "./program.ts";

runProgram(process.argv.slice(2), sourceDeployment(), join(import.meta.dirname, "../bin"));
