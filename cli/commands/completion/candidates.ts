import type { Command, Option } from "commander";

/** What may come next, and what it is. */
export interface Candidate {
  readonly text: string;
  readonly description: string;
}

export interface CompletionSources {
  /** Adds the commands of a group, which are loaded when they are needed. */
  readonly load: (group: Command) => Promise<void>;
  /** The names on record that the commands of this group act on. */
  readonly namesOf: (group: string, given: readonly string[]) => Promise<readonly string[]>;
}

/** A shell takes a candidate as it is: what it would act on is no name of ours, whatever a service says. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:@/-]*$/;

/**
 * @param words after the program's name; the last is being typed, and may be empty
 * @returns in the order of the help
 */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  sources: CompletionSources,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? "";
  const { command, argumentCount, awaited } = await commandAt(program, words.slice(0, -1), sources.load);
  const all = await possibilities(command, { typed, argumentCount, awaited, words }, sources);
  return all.filter(({ text }) => text.startsWith(typed));
}

interface Position {
  readonly command: Command;
  readonly argumentCount: number;
  /** The option whose value comes next. */
  readonly awaited: Option | undefined;
}

async function commandAt(
  program: Command,
  words: readonly string[],
  load: CompletionSources["load"],
): Promise<Position> {
  let command = program;
  let [argumentCount, awaited]: [number, Option | undefined] = [0, undefined];
  for (const word of words) {
    if (awaited !== undefined) {
      awaited = undefined;
    } else if (word.startsWith("-")) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      awaited = option?.required === true ? option : undefined;
    } else {
      const inner = command.commands.find((candidate) => candidate.name() === word);
      if (inner === undefined) argumentCount++;
      // What follows `help` is a command.
      else if (word !== "help") {
        if (inner.parent === program) await load(inner);
        command = inner;
      }
    }
  }
  return { command, argumentCount, awaited };
}

async function possibilities(
  command: Command,
  { typed, argumentCount, awaited, words }: Omit<Position, "command"> & { typed: string; words: readonly string[] },
  { namesOf }: CompletionSources,
): Promise<readonly Candidate[]> {
  if (awaited !== undefined) {
    const names = awaited.long === "--node" ? await namesOf("node", words) : (awaited.argChoices ?? []);
    return named(names);
  }
  if (typed.startsWith("-")) {
    return optionsOf(command).flatMap(({ long, description, hidden }) =>
      long === undefined || hidden ? [] : [{ text: long, description }],
    );
  }
  const subcommands = command.createHelp().visibleCommands(command);
  if (subcommands.length > 0) return subcommands.map((one) => ({ text: one.name(), description: one.summary() }));
  const [argument] = command.registeredArguments;
  if (argument === undefined || (argumentCount > 0 && !argument.variadic)) return [];
  if (argument.argChoices !== undefined) return named(argument.argChoices);
  const names = await namesOf(command.parent?.name() ?? "", words);
  return named(names.filter((name) => !words.slice(0, -1).includes(name)));
}

function named(names: readonly string[]): readonly Candidate[] {
  return names.filter((name) => PLAIN.test(name)).map((text) => ({ text, description: "" }));
}

function optionsOf(command: Command): readonly Option[] {
  return [...command.createHelp().visibleOptions(command), ...(command.parent ? optionsOf(command.parent) : [])];
}
