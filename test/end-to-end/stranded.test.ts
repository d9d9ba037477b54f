import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { absentFleet, type AbsentFleet, type Machine } from "../support/absent-fleet.ts";
import { areBundles } from "../support/local-service.ts";

const skip = areBundles ? "what ships rolls over in test/infra/deployed-authorities.test.ts" : false;
/** A function keeps the trust bundle it read for a minute. */
const MINUTE = 61;

describe("machines whose CA was retired by mistake", { skip }, () => {
  let fleet: AbsentFleet;
  let machines: readonly Machine[];
  before(async () => {
    fleet = await absentFleet();
    machines = [await fleet.join("lost-1"), await fleet.join("lost-2"), await fleet.join("bad-3")];
    await fleet.operator("ca", "prepare", "--wait", "30s");
    await fleet.operator("ca", "activate", "issuing-g2", "--force", "--yes", "--wait", "30s");
  });
  after(() => fleet.close());

  const refused = async (...args: string[]): Promise<string> => {
    const answer = await fleet.operator(...args).catch((error: unknown) => error);
    assert.ok(answer instanceof Error, `${args.join(" ")} was done`);
    return answer.message;
  };
  const names = async (...args: string[]): Promise<readonly (string | undefined)[]> =>
    (await fleet.operator("node", "list", ...args))
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t")[0]);

  it("are named before it is done", async () => {
    const shown = await fleet.operator("ca", "retire", "issuing-g1", "--force", "--dry-run");
    assert.match(shown, /^retire issuing-g1 --force would .* of 3 machines worthless: bad-3, lost-1, lost-2$/m);
    assert.match(shown, /^nothing was done/m);
    const asked = await refused("ca", "retire", "issuing-g1", "--force");
    assert.match(asked, /3 machines.*; nothing was done: give --yes/);
    assert.deepEqual(await names("--state", "stranded"), []);
  });

  it("are called stranded by every list, and by what would be done to them", async () => {
    await fleet.operator("ca", "retire", "issuing-g1", "--force", "--yes", "--wait", "30s");
    await fleet.operator("node", "revoke", "bad-3");
    await fleet.time.travel(MINUTE);
    assert.deepEqual(await names("--state", "stranded"), ["lost-1", "lost-2"]);
    assert.deepEqual(await names("--state", "active"), []);
    assert.match(await fleet.operator("cert", "list", "--state", "stranded"), /\tlost-1\tStranded\t/);
    const shown = await fleet.operator("node", "show", "lost-1");
    assert.match(shown, /^State: +Stranded$/m);
    assert.match(shown, /^Issuer: +issuing-g1, which was retired/m);
    for (const verb of ["renew", "allow-recovery"])
      assert.match(await refused("node", verb, "lost-1"), /CA issuing-g1 of lost-1 was retired: nothing renews/);
    // It keeps the key that it asked with: the first one has none yet, so that its copy will ask with another.
    const [, machine] = machines;
    const answer = await machine?.agent("renew", "--force");
    assert.notEqual(answer?.status, 0);
    assert.match(String(answer?.stderr), /issuing-g1 has been retired/);
  });

  it("come back by the command that is told, each once, recorded; what was revoked on purpose does not", async () => {
    const [, command = ""] =
      /nodeseal (recovery admit --authority \S+)/.exec(await refused("node", "renew", "lost-1")) ?? [];
    assert.match(
      await refused("recovery", "admit", "--authority", "issuing-g2"),
      /"issuing-g2" is no issuing CA that was retired/,
    );
    assert.match(await fleet.operator(...command.split(" ")), /machines renew with certificates of issuing-g1/);
    assert.match(await fleet.operator("recovery", "show"), /^CAs: +issuing-g1$/m);
    const [first, second, bad] = machines;
    const copy = first?.copy();
    const renewed = await first?.agent("renew", "--force");
    assert.equal(renewed?.status, 0, renewed?.stderr);
    assert.match(
      await fleet.operator("node", "show", "lost-1"),
      /^State: +Active$[^]*^Issuer: +issuing-g2$[^]*^Admitted: +\S+Z .* by arn:aws:iam/m,
    );
    assert.match(fleet.service.output(), /"event":"certificate_admitted"[^\n]*lost-1/);
    const again = await copy?.agent("renew", "--force");
    assert.notEqual(again?.status, 0, "a copy of the old certificate is no second admission");
    assert.match(String(again?.stderr), /replaced/);
    const revoked = await bad?.agent("renew", "--force");
    assert.notEqual(revoked?.status, 0);
    assert.deepEqual(await names("--state", "stranded"), ["lost-2"]);
    await fleet.operator("recovery", "end");
    const late = await second?.agent("renew", "--force");
    assert.match(String(late?.stderr), /issuing-g1 has been retired/);
  });
});
