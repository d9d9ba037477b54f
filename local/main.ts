import { sourceDeployment } from "./deployment.ts";
import { runProgram } from "./program.ts";

runProgram(process.argv.slice(2), sourceDeployment());
