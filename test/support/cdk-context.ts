import { readFileSync } from "node:fs";
import { join } from "node:path";

interface CdkSettings {
  readonly context: Readonly<Record<string, unknown>>;
}

/** The flags of `cdk.json`: without them other templates would be tested than are deployed. */
export function cdkContext(): Readonly<Record<string, unknown>> {
  const file = join(import.meta.dirname, "../../cdk.json");
  return (JSON.parse(readFileSync(file, "utf8")) as CdkSettings).context;
}
