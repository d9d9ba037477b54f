import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const NAME = "SHA256SUMS";

/** One line for each file, for `sha256sum --check`. */
export function writeChecksums(output: string): void {
  const lines = readdirSync(output)
    .filter((name) => name !== NAME)
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(output, name)))
          .digest("hex")}  ${name}\n`,
    );
  writeFileSync(join(output, NAME), lines.join(""));
}
