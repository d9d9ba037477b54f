/* `npm run test:api`: with other people's programs, which test/api/install fetches. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Tools } from "../tools.ts";

const ROOT = join(import.meta.dirname, "../../..");
const tools = new Tools();

describe("the description of the API", { skip: tools.missing }, () => {
  for (const path of ["docs/openapi.json", "lambdas/node-api/open-api.json"]) {
    it(`${path} has nothing that redocly's recommended rules complain of`, () => {
      const run = spawnSync(
        process.execPath,
        [
          tools.npmProgram("redocly"),
          ...["lint", join(ROOT, path), "--extends", "recommended", "--format", "json"],
          // Of two paths with different methods: API Gateway tells them apart, and they are promised.
          ...["--skip-rule", "no-ambiguous-paths"],
        ],
        { encoding: "utf8", env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } },
      );
      const { totals, problems } = JSON.parse(run.stdout) as {
        readonly totals: { readonly errors: number; readonly warnings: number };
        readonly problems: readonly { readonly ruleId: string; readonly message: string }[];
      };
      assert.deepEqual(
        { ...totals, problems: problems.map(({ ruleId, message }) => `${ruleId}: ${message}`) },
        { ...totals, errors: 0, warnings: 0, problems: [] },
      );
    });
  }
});
