import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "../support/command.ts";
import { PROJECT } from "../support/local-service.ts";
import { workspace } from "../support/openssl.ts";
import { isMissing, SHELLS } from "./support/shell-machine.ts";

const script = readFileSync(join(PROJECT, "agent/nodeseal-join.sh"), "utf8");
const [splitPem = ""] = /^split_pem\(\) \{\n[\s\S]*?\n\}$/m.exec(script) ?? [];

const pem = (...lines: string[]): string =>
  ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
const LINE = "MIIB".padEnd(64, "A");

for (const candidate of SHELLS) {
  const skip = isMissing(candidate) ? `${candidate.name} is not here` : false;
  describe(`certificates in PEM, read by ${candidate.name}`, { skip }, () => {
    const [shell = "sh", ...first] = candidate.shell;
    const split = async (text: string): Promise<number> => {
      const files = workspace();
      const file = files.write("answer", text);
      const program = `work=${files.path("")}; ${splitPem}\nsplit_pem "${file}" chain 3`;
      const { status } = await run(shell, [...first, "-c", program]);
      const found = readdirSync(files.path("")).filter((name) => name.startsWith("chain."));
      files.remove();
      return status === 0 ? found.length : -1;
    };

    it("may hold any base64, the letters of a boundary too", async () => {
      assert.equal(await split(pem(LINE, "ENDA".padEnd(64, "B"), "CEND") + pem("BEGIN+/=")), 2);
    });

    it("are refused with anything else", async () => {
      for (const text of [
        "",
        pem(LINE).slice(0, -3),
        `x${pem(LINE)}`,
        pem(LINE) + "AAAA\n",
        pem("-AAA"),
        pem(LINE).repeat(4),
      ])
        assert.equal(await split(text), -1, text);
    });
  });
}
