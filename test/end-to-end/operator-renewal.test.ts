import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { absentFleet, type AbsentFleet, type RunningAgent } from "../support/absent-fleet.ts";

const HOUR = 3600;

describe("an operator's override to renew", () => {
  let fleet: AbsentFleet;
  before(async () => void (fleet = await absentFleet()));
  after(() => fleet.close());

  async function serialNumberOf(name: string): Promise<string | undefined> {
    return /^Serial number: +(\S+)$/m.exec(await fleet.operator("node", "show", name))?.[1];
  }

  async function withAgent(name: string, act: (agent: RunningAgent) => Promise<void>): Promise<void> {
    const agent = (await fleet.join(name)).start();
    try {
      await agent.event("certificate");
      await act(agent);
    } finally {
      await agent.stop();
    }
  }

  it("is followed by `run` as soon as it hears of it, once", async () => {
    await withAgent("replaced.example", async (agent) => {
      const first = await serialNumberOf("replaced.example");
      const said = await fleet.operator("node", "renew", "replaced.example", "--within", "0");
      assert.match(said, /^node replaced\.example is asked to renew until \S+Z, or as soon as /);
      const asked = await fleet.operator("node", "show", "replaced.example");
      assert.match(asked, /^Renewal: +asked for until \S+Z \([^)]*\), by arn:aws:iam/m);

      agent.process.kill("SIGHUP");
      assert.match(await agent.event("renewal_moved"), /reason=operator_request/);
      await agent.event("renewed");
      await agent.event("confirmed");
      const second = await serialNumberOf("replaced.example");
      assert.notEqual(second, first);
      assert.match(await fleet.operator("node", "show", "replaced.example"), /^Renewal: +at its own time$/m);
      assert.match(fleet.service.output(), /"event":"node_renewal_requested"[^\n]*replaced\.example/);

      // It looks at its directory every ten minutes, and asks anew within seven hours.
      await fleet.time.travel(8 * HOUR);
      agent.process.kill("SIGHUP");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.equal(await serialNumberOf("replaced.example"), second, "nobody cleared the word, and it is answered");
    });
  });

  it("gives a time of its own within what it says, and nobody renews before", async () => {
    await withAgent("spread.example", async (agent) => {
      const first = await serialNumberOf("spread.example");
      await fleet.operator("node", "renew", "spread.example", "--within", "24h");
      agent.process.kill("SIGHUP");
      assert.match(await agent.event("renewal_moved"), /reason=operator_request/);
      assert.equal(await serialNumberOf("spread.example"), first);
      await fleet.time.travel(24 * HOUR + 60);
      agent.process.kill("SIGHUP");
      await agent.event("renewed");
    });
  });
});
