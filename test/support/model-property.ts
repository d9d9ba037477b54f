import fc from "fast-check";
import { testIssuing } from "./issuance-harness.ts";
import { CLIENT_SIGNERS } from "./model-attempt.ts";
import type { ModelOutcome, ModelPlan, ModelSettings } from "./model-plan.ts";
import { runReservationModel } from "./reservation-model.ts";

const client = { keepsKey: fc.boolean(), confirms: fc.boolean(), renewals: fc.nat(2) };
const dice = fc.array(fc.nat(2 ** 30 - 1), { maxLength: 400, size: "max" });

/** Few names, few uses, several clients: they get into each other's way. */
const RIVALS: fc.Arbitrary<ModelPlan> = fc.record({
  maxUses: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
  clients: fc.array(fc.record({ ...client, token: fc.nat(1), name: fc.nat(1) }), {
    minLength: 2,
    maxLength: 5,
    size: "max",
  }),
  dice,
});

/** One client for each name, and uses enough. */
const LONERS: fc.Arbitrary<ModelPlan> = fc.record({
  maxUses: fc.constant([99]),
  clients: fc
    .array(fc.record(client), { minLength: 1, maxLength: 3, size: "max" })
    .map((clients) => clients.map((one, name) => ({ ...one, token: 0, name }))),
  dice,
});

/** The same, who never forget a key that they asked with. */
const KEEPERS: fc.Arbitrary<ModelPlan> = LONERS.map((plan) => ({
  ...plan,
  clients: plan.clients.map((one) => ({ ...one, keepsKey: true })),
}));

/** One name and one use each, with an administrator between: machines that are started again while they wait. */
const STARTERS: fc.Arbitrary<ModelPlan> = LONERS.map((plan) => ({
  ...plan,
  isManual: true,
  maxUses: plan.clients.map(() => 1),
  clients: plan.clients.map((one, index) => ({ ...one, token: index, keepsKey: true, restarts: true, renewals: 0 })),
}));

/** Rivals whose requests wait. */
const APPLICANTS: fc.Arbitrary<ModelPlan> = RIVALS.map((plan) => ({ ...plan, isManual: true }));

/** Rivals who never confirm, but use what they have. */
const USERS: fc.Arbitrary<ModelPlan> = RIVALS.map((plan) => ({
  ...plan,
  clients: plan.clients.map((one) => ({ ...one, confirms: false, uses: true })),
}));

/** Machines that keep their keys, and renew often enough to be past every backup. */
const RENEWERS: fc.Arbitrary<ModelPlan> = KEEPERS.map((plan) => ({
  ...plan,
  clients: plan.clients.map((one) => ({ ...one, renewals: one.renewals + 2 })),
}));

/** Rivals for first certificates of one name, by several signers under which it is one client. */
const NAMESAKES: fc.Arbitrary<ModelPlan> = RIVALS.map((plan) => ({
  ...plan,
  clients: plan.clients.map((one, index) => ({ ...one, renewals: 0, signerName: CLIENT_SIGNERS[index % 2] })),
}));

/** By their names, for whoever asks a worker thread. */
export const PLANS = {
  rivals: RIVALS,
  loners: LONERS,
  keepers: KEEPERS,
  starters: STARTERS,
  applicants: APPLICANTS,
  users: USERS,
  renewers: RENEWERS,
  namesakes: NAMESAKES,
};

export type PlansName = keyof typeof PLANS;

export type Complaints = (outcome: ModelOutcome) => readonly string[];

/** Runs of the model until one gives cause for complaint. The same seed, the same runs. */
export async function firstComplaint(
  plans: fc.Arbitrary<ModelPlan>,
  settings: ModelSettings,
  complaintsOf: Complaints,
  parameters: fc.Parameters<[ModelPlan]>,
  untilMilliseconds = Infinity,
): Promise<fc.RunDetails<[ModelPlan]>> {
  const issuing = await testIssuing();
  const property = fc.asyncProperty(plans, async (plan) => {
    if (performance.now() > untilMilliseconds) return;
    const outcome = await runReservationModel(issuing, plan, settings);
    const complaints = complaintsOf(outcome);
    if (complaints.length > 0) throw new Error([complaints.join("; "), ...outcome.log].join("\n"));
  });
  return fc.check(property, parameters);
}
