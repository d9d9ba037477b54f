import { reading, withCandidateAt, type BrokenRule } from "./broken-services.ts";
import type { Outside } from "./intercepted-services.ts";

/** Rules that keep a client from being stranded. */
export const BROKEN_MERCIES: readonly BrokenRule[] = [
  {
    rule: "finished certificates that are put aside are counted",
    violation: /too soon after another/,
    alter: (outside) => reading(outside, (node) => ({ ...node, lastDisplacement: undefined })),
  },
  {
    rule: "a confirmation does not end the count of what was put aside",
    violation: /too soon after another/,
    alter: forgettingDisplacements,
  },
  {
    rule: "who lost answer and key may displace what it never got",
    violation: /node_name_taken|superseded/,
    arrivedAt: () => new Date(0),
  },
  {
    rule: "a late copy of an old request displaces nothing",
    violation: /node_name_taken|superseded/,
    arrivedAt: () => new Date(8.64e15),
  },
  {
    rule: "a claim lapses",
    violation: /request_in_progress/,
    alter: (outside) => reading(outside, (node) => withCandidateAt(node, 24 * 3600)),
  },
];

function forgettingDisplacements({ nodes, ...outside }: Outside): Outside {
  const confirm: Outside["nodes"]["confirm"] = async (confirmation) => {
    const outcome = await nodes.confirm(confirmation);
    if (outcome.node !== undefined) await nodes.write({ ...outcome.node, lastDisplacement: undefined });
    return outcome;
  };
  return { ...outside, nodes: { ...nodes, confirm } };
}
