import { join } from "node:path";
import { runProgram } from "../../../local/program.ts";
import { bundledDeployment } from "./bundled-deployment.ts";

/** `npm start`, with what ships in place of the sources. */
runProgram(process.argv.slice(2), bundledDeployment(), join(import.meta.dirname, "../../../bin"));
