import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePolicy } from "../../core/policy/policy-document.ts";
import type { Policy, PolicyRule } from "../../core/policy/policy.ts";

/** The policy that docs/policy.md puts together: its first example, and the rules that go with it. */
export function policyOfPage(change: (rule: PolicyRule) => PolicyRule = (rule) => rule): Policy {
  const page = readFileSync(join(import.meta.dirname, "../../docs/policy.md"), "utf8");
  const blocks = Array.from(page.matchAll(/^```json\n([\s\S]*?)^```$/gm), ([, text = ""]) => text);
  // Others are single rules.
  const [first, ...others] = blocks
    .filter((text) => text.includes('"version"'))
    .map((text) => parsePolicy(JSON.parse(text)));
  if (first === undefined || others.length === 0) throw new Error("docs/policy.md has lost its examples");
  return { ...first, rules: [first, ...others].flatMap(({ rules }) => rules).map(change) };
}
