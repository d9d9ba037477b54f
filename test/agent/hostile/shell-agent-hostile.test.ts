import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { IS_LONG_RUN } from "../../support/long-run.ts";
import { isMissing } from "../support/shell-machine.ts";
import { assertOneClearEnd, hasJoined, runScript } from "./attack-shell.ts";
import { ARITHMETIC, bodyCases, HEADERS, PAYLOADS, refusing, withHeader } from "./hostile-cases.ts";
import type { Spoil } from "./hostile-front.ts";
import { sandbox } from "./sandbox.ts";

const EVERYWHERE = [
  { name: "bash", shell: ["bash"] },
  { name: "dash", shell: ["dash"] },
];
const BESIDES = [
  { name: "bash --posix", shell: ["bash", "--posix"] },
  { name: "busybox sh", shell: ["busybox", "sh"] },
  { name: "ksh", shell: ["ksh"] },
  { name: "mksh", shell: ["mksh"] },
];
type Shell = (typeof EVERYWHERE)[number];

/** Headers without which an answer is nothing: spoiled, the script must fail. */
const NEEDED = ["nodeseal-request", "nodeseal-trust-bundle"];
/** Under each shell a header meets every so many of the texts, another part of them than the header before it. */
const STRIDE = IS_LONG_RUN ? 3 : 9;

async function attackJoin(t: TestContext, { name, shell }: Shell, what: string, spoilFor: (marker: string) => Spoil) {
  const machine = await sandbox(t);
  machine.front.spoil = spoilFor(machine.marker);
  const ending = await runScript(shell, machine.joining, machine);
  assertOneClearEnd(`${name}, ${what}`, ending, machine);
  assert.equal(ending.exitStatus === 0, hasJoined(machine), `${name}, ${what}`);
  return ending;
}

describe("nodeseal-join.sh and a hostile service", { concurrency: 2 }, () => {
  for (const candidate of [...EVERYWHERE, ...BESIDES]) {
    const isHere = !isMissing(candidate);
    const options = { skip: isHere ? false : `${candidate.name} is not here` };
    const texts = Object.entries(PAYLOADS);
    const isWhole = EVERYWHERE.includes(candidate);

    describe(`with ${candidate.name}`, options, () => {
      for (const [at, header] of HEADERS.entries()) {
        const chosen = texts.filter(([name], index) =>
          isWhole ? (index + at) % STRIDE === 0 : name === ARITHMETIC[at % ARITHMETIC.length],
        );
        it(`takes ${header} for data`, async (t) => {
          for (const [name, text] of chosen) {
            const ending = await attackJoin(t, candidate, `${header} is ${name}`, (marker) =>
              withHeader(header, text(marker)),
            );
            const isMeaningless = /[^\w-]|^$/.test(text("").split("\r\n")[0] ?? "");
            if (NEEDED.includes(header) && isMeaningless) assert.equal(ending.exitStatus, 1, `${header}: ${name}`);
          }
        });
      }

      it("takes what a refusal says for data", async (t) => {
        const chosen = isWhole
          ? texts.filter((_, index) => index % (STRIDE / 3) === 0)
          : texts.filter(([name]) => ARITHMETIC.includes(name));
        for (const [index, [name, text]] of chosen.entries()) {
          const [status, member] = [[403, 503, 429][index % 3] ?? 403, index % 2 === 0 ? "code" : "detail"];
          const ending = await attackJoin(t, candidate, `a ${status} with ${name} for its ${member}`, (marker) =>
            refusing(status, member, text(marker)),
          );
          assert.equal(ending.exitStatus, 1);
        }
      });

      it("renews by nothing but what it understands", async (t) => {
        const machine = await sandbox(t);
        const joined = await runScript(candidate.shell, machine.joining, machine);
        assert.equal(joined.exitStatus, 0, joined.stderr);
        for (const [index, header] of ["nodeseal-next", "nodeseal-time", "nodeseal-trust-bundle"].entries()) {
          const payload = ARITHMETIC[index] ?? "";
          machine.front.spoil = withHeader(header, PAYLOADS[payload]?.(machine.marker) ?? "");
          const argv = ["renew", "--dir", machine.directory, "--wait", "0"];
          const ending = await runScript(candidate.shell, argv, machine);
          assertOneClearEnd(`${candidate.name}, renew, ${header} is ${payload}`, ending, machine);
        }
        machine.front.spoil = (answer) => answer;
        const renewed = await runScript(candidate.shell, ["renew", "--dir", machine.directory, "--force"], machine);
        assert.equal(renewed.exitStatus, 0, renewed.stderr);
      });

      // Programs look at a body, not the shell.
      if (!isWhole || (candidate.name !== "dash" && !IS_LONG_RUN)) return;
      it("installs nothing that is not certificates of its key and nothing else", async (t) => {
        const cases = await bodyCases("/nonexistent/MARKER");
        // The slowest first, beside the others.
        const slow = cases
          .filter(({ name }) => name === "a byte a second")
          .map(async (one) => await attackBody(t, candidate, one));
        for (const one of cases) if (one.name !== "a byte a second") await attackBody(t, candidate, one);
        await Promise.all(slow);
      });
    });
  }
});

async function attackBody(t: TestContext, shell: Shell, one: Awaited<ReturnType<typeof bodyCases>>[number]) {
  for (const route of one.routes) {
    const ending = await attackJoin(
      t,
      shell,
      `${one.name} for ${route}`,
      () => (answer, asked) => (asked === route ? one.spoil(answer) : answer),
    );
    assert.equal(ending.exitStatus, 1, `${one.name} for ${route}: ${ending.stdout}${ending.stderr}`);
  }
}

it("leaves no marker where the cases of bodies would", () => assert.equal(existsSync("/nonexistent/MARKER"), false));
