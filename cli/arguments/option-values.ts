import { InvalidArgumentError } from "commander";

/* Each function turns the text of one option into its value, or reports the allowed form. */

/** A repeatable option whose values hold no commas. Accepts `--group a --group b` and `--group a,b`. */
export function listOption(text: string, others: readonly string[] | undefined): readonly string[] {
  const values = text.split(",").map((value) => value.trim());
  if (values.includes("")) throw new InvalidArgumentError("It holds an empty value.");
  return [...(others ?? []), ...values];
}

export function countOption(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}

/** One of these choices. Case and hyphens do not matter: `key-compromise` is `keyCompromise`. */
export function choiceOption<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => folded(candidate) === folded(text));
    if (choice === undefined) throw new InvalidArgumentError(`Allowed are ${choices.join(", ")}.`);
    return choice;
  };
}

function folded(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, "");
}

/** Several of these choices, comma separated or repeated. */
export function choicesOption<const Choice extends string>(
  choices: readonly Choice[],
): (text: string, others: readonly Choice[] | undefined) => readonly Choice[] {
  const choose = choiceOption(choices);
  return (text, others) => [...(others ?? []), ...listOption(text, undefined).map(choose)];
}
