import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Other people's programs that read the description of the API. `test/api/install` puts them beside the project. */
export class Tools {
  readonly folder = execFileSync(join(import.meta.dirname, "install"), ["--where"], { encoding: "utf8" }).trim();

  /** Why tests that need them are skipped; false when they are there. */
  get missing(): string | false {
    return existsSync(join(this.folder, "installed"))
      ? false
      : "the tools are not installed; test/api/install does it once, with npm and python3";
  }

  /** Of npm's. */
  npmProgram(name: string): string {
    return join(this.folder, "node_modules/.bin", name);
  }

  get schemathesis(): string {
    return join(this.folder, "bin/schemathesis");
  }
}
