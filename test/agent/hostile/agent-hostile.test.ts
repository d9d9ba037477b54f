import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { trustServer } from "../../../agent/service/server-trust.ts";
import { runAgent } from "../support/agent-run.ts";
import { bodyCases, MEMBERS, PAYLOADS, PROBLEM_MEMBERS, refusing, withHeader, withMember } from "./hostile-cases.ts";
import type { Spoil } from "./hostile-front.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

/** Headers that nodeseal-agent reads. */
const HEADERS = ["date", "age", "retry-after", "location", "content-type"];
/** `name` and `certificate` are what an answer is for. */
const NEEDED = ["name", "certificate", "authorities", "sequence"];

async function attackJoin(t: TestContext, what: string, spoilFor: (machine: Sandbox) => Spoil) {
  const machine = await sandbox(t);
  machine.front.spoil = spoilFor(machine);
  const ending = await runAgent(machine.joining, { trustServer, environment: machine.environment });
  machine.assertUntouched(what);
  assert.equal(existsSync(machine.marker), false, what);
  const why = `${what}: ${ending.exitStatus} ${ending.stderr.slice(0, 1000)}`;
  assert.doesNotMatch(ending.stdout + ending.stderr, /[^\n\P{C}]/u, why);
  const lines = ending.stderr.split("\n").filter((line) => line.startsWith("nodeseal-agent: "));
  assert.equal(lines.length, ending.exitStatus === 0 ? 0 : 1, why);
  assert.ok(
    ending.stderr.split("\n").every((line) => line.length < 2000),
    `${what}: a line is very long`,
  );
  const left = readdirSync(machine.directory).filter((name) => /nodeseal-tmp$|lock/.test(name));
  assert.deepEqual(left, [], why);
  return ending;
}

describe("nodeseal-agent and a hostile service", () => {
  for (const header of HEADERS) {
    it(`takes the header ${header} for data`, async (t) => {
      for (const [name, text] of Object.entries(PAYLOADS))
        await attackJoin(t, `${header} is ${name}`, ({ marker }) => withHeader(header, text(marker)));
    });
  }

  for (const member of MEMBERS) {
    it(`takes the member ${member} for data`, async (t) => {
      for (const [name, text] of Object.entries(PAYLOADS)) {
        const what = `${member} is ${name}`;
        const { exitStatus } = await attackJoin(t, what, ({ marker }) => withMember(member, text(marker)));
        const isMeaningless = !/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text("/x"));
        if (NEEDED.includes(member) && isMeaningless) assert.equal(exitStatus, 1, what);
      }
    });
  }

  for (const member of PROBLEM_MEMBERS) {
    it(`takes the member ${member} of a refusal for data`, async (t) => {
      for (const [name, text] of Object.entries(PAYLOADS)) {
        const what = `${member} is ${name}`;
        const { exitStatus } = await attackJoin(t, what, ({ marker }) => refusing(403, member, text(marker)));
        assert.equal(exitStatus, 1, what);
      }
    });
  }

  it("installs nothing that is not certificates of its key", async (t) => {
    const cases = await bodyCases("/nonexistent/MARKER");
    await Promise.all(
      cases.flatMap(({ name, routes, spoil }) =>
        routes.map(async (route) => {
          const what = `${name} for ${route}`;
          const spoilOne: Spoil = (answer, asked) => (asked === route ? spoil(answer) : answer);
          const { exitStatus, stderr } = await attackJoin(t, what, () => spoilOne);
          assert.equal(exitStatus, 1, `${what}: ${stderr}`);
        }),
      ),
    );
  });
});
