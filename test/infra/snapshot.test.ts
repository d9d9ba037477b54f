import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

/** Reviewed with every change: `UPDATE_SNAPSHOT=1 node test/run.ts test/infra/snapshot`. */
const SNAPSHOT = join(import.meta.dirname, "templates.snapshot.json");

it("changes the templates of the default deployment on purpose only", () => {
  const { state, service } = synthesizedTemplates({});
  const current = `${JSON.stringify({ state: masked(state.toJSON()), service: masked(service.toJSON()) }, undefined, 2)}\n`;
  if (process.env["UPDATE_SNAPSHOT"] !== undefined || !existsSync(SNAPSHOT)) writeFileSync(SNAPSHOT, current);
  assert.deepEqual(JSON.parse(current), JSON.parse(readFileSync(SNAPSHOT, "utf8")));
});

/** A bundle's hash changes with every line of code. */
function masked(template: unknown): unknown {
  return JSON.parse(JSON.stringify(template).replaceAll(/[0-9a-f]{64}/g, "<hash>"));
}
