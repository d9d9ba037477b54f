import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { idleCosts } from "../../bench/idle-cost.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/deploying.md"), "utf8");

function costsOf(document: unknown) {
  const { state, service } = synthesizedTemplates(document);
  const costs = idleCosts([state.toJSON(), service.toJSON()]);
  return { costs, sum: costs.reduce((total, { dollars }) => total + dollars, 0) };
}

describe("an idle deployment", () => {
  for (const [name, document] of Object.entries({ default: {}, watched: { alarms: { email: "ops@example.com" } } })) {
    it(`costs about $5 a month at most (${name})`, () => {
      const { sum } = costsOf(document);
      assert.ok(sum > 2 && sum <= 5.15, `$${sum.toFixed(2)}`);
    });
  }

  it("costs a key less in a single-tier hierarchy, as docs/deploying.md says", () => {
    const { sum } = costsOf({ authority: { hierarchy: "single" } });
    assert.ok(page.includes(`there is one key: $${sum.toFixed(2)}.`), sum.toFixed(2));
    assert.equal((costsOf({}).sum - sum).toFixed(2), "1.00");
  });

  it("costs what docs/deploying.md says, item by item", () => {
    const { costs, sum } = costsOf({});
    for (const { item, count, dollars } of costs)
      assert.ok(
        page.includes(`| ${count} ${item} | ${dollars.toFixed(2)} |`),
        `${count} ${item}: ${dollars.toFixed(2)}`,
      );
    assert.ok(page.includes(`| **${sum.toFixed(2)}** |`), sum.toFixed(2));
  });
});
