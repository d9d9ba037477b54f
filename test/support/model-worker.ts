import { parentPort } from "node:worker_threads";
import { BROKEN_NAMESAKES, BROKEN_RESTORES } from "./broken-restores.ts";
import { BROKEN_RECOVERIES } from "./broken-recoveries.ts";
import { BROKEN_MERCIES } from "./broken-mercies.ts";
import { BROKEN_ACTS, BROKEN_RULES } from "./broken-services.ts";
import { BROKEN_APPLICATIONS, BROKEN_CONFIRMATIONS, BROKEN_MEMORIES, BROKEN_USES } from "./broken-uses.ts";
import { firstComplaint, PLANS } from "./model-property.ts";
import type { Mutant } from "./model-plan.ts";
import type { ModelFinding, ModelQuestion } from "./model-search.ts";

/* A worker thread: answers one ModelQuestion after the other. */

const MUTANTS = [
  BROKEN_RULES,
  BROKEN_ACTS,
  BROKEN_MERCIES,
  BROKEN_RECOVERIES,
  BROKEN_USES,
  BROKEN_MEMORIES,
  BROKEN_APPLICATIONS,
  BROKEN_CONFIRMATIONS,
  BROKEN_RESTORES,
  BROKEN_NAMESAKES,
].flat();

function mutantOf(name: string): Mutant {
  const [mutant, ...others] = MUTANTS.filter(({ rule }) => rule === name);
  if (mutant === undefined || others.length > 0) throw new Error(`not one rule is named ${name}`);
  return mutant;
}

async function answer({ plans, isStrandingWrong, mutant, ...question }: ModelQuestion): Promise<ModelFinding> {
  const { weather, maxTries, parameters, mostMilliseconds = Infinity } = question;
  const found = await firstComplaint(
    PLANS[plans],
    { weather, maxTries, ...(mutant === undefined ? {} : { mutant: mutantOf(mutant) }) },
    ({ violations, stranded }) => (isStrandingWrong ? [...violations, ...stranded] : violations),
    parameters,
    performance.now() + mostMilliseconds,
  );
  return {
    failed: found.failed,
    seed: found.seed,
    path: found.counterexamplePath,
    counterexample: found.counterexample?.[0],
    error: String(found.errorInstance),
  };
}

parentPort?.on("message", (question: ModelQuestion) => {
  // A rejection ends the thread with an error, which whoever asked gets.
  void answer(question).then((finding) => parentPort?.postMessage(finding));
});
