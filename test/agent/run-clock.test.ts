import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentCertificate, testNode } from "./support/joined-node.ts";
import { DAY, HOUR } from "./support/running-node.ts";

describe("nodeseal-agent run, with a wrong clock", () => {
  for (const [why, offsetHours] of [
    ["behind", 9],
    ["ahead", -9],
  ] as const) {
    it(`keeps the certificate fresh by the service's time when the clock is hours ${why}, and says so once`, async (t) => {
      const node = await testNode(t);
      const { service, clock } = node;
      service.clock = () => new Date(clock.now().getTime() + offsetHours * HOUR * 1000);
      await node.join();
      let expired = 0;
      for (let hour = 1; hour < 96; hour++) {
        clock.after(hour * HOUR, () => {
          if (new Date(currentCertificate(node.directory).validTo) < service.clock()) expired++;
        });
      }
      clock.after(4 * DAY, () => node.stop());
      const { stdout } = await node.run("run");
      assert.equal(expired, 0);
      assert.deepEqual(stdout.match(/event=clock_off offsetSeconds=\S+/g), [
        `event=clock_off offsetSeconds=${offsetHours * HOUR}`,
      ]);
    });
  }

  it("finds out when somebody sets the clock right, and goes by that", async (t) => {
    const node = await testNode(t);
    const { service, clock } = node;
    // Nine hours ahead at first: what was learned then would make every renewal nine hours late.
    let offset = -9 * HOUR;
    service.clock = () => new Date(clock.now().getTime() + offset * 1000);
    await node.join();
    clock.after(2 * HOUR, () => {
      clock.set(offset);
      offset = 0;
    });
    let expired = 0;
    for (let hour = 1; hour < 72; hour++) {
      clock.after(hour * HOUR, () => {
        if (new Date(currentCertificate(node.directory).validTo) < service.clock()) expired++;
      });
    }
    clock.after(3 * DAY, () => node.stop());
    const { stdout } = await node.run("run");
    assert.equal(expired, 0);
    assert.match(stdout, /event=clock_off[^]*event=clock_right/);
  });
});
