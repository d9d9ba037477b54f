import { constraintError, KmsError } from "./kms-error.ts";

/** The JSON object of a request. Members are read by the functions below, which complain as KMS does. */
export type RequestMembers = Readonly<Record<string, unknown>>;

export function optionalText(members: RequestMembers, name: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new KmsError("SerializationException", `${name} must be a string`);
  return value;
}

export function requiredText(members: RequestMembers, name: string): string {
  const value = optionalText(members, name);
  if (value === undefined) throw constraintError("null", memberName(name), "Member must not be null");
  return value;
}

export function optionalInteger(
  members: RequestMembers,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw new KmsError("SerializationException", `${name} must be a number`);
  if (value < least) throw outOfRange(value, name, `greater than or equal to ${least}`);
  if (value > most) throw outOfRange(value, name, `less than or equal to ${most}`);
  return Math.trunc(value);
}

function outOfRange(value: number, name: string, allowed: string): KmsError {
  return constraintError(`'${value}'`, memberName(name), `Member must have value ${allowed}`);
}

/** A member that must be one of a closed list. */
export function optionalChoice<Choice extends string>(
  members: RequestMembers,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = optionalText(members, name);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw constraintError(
      `'${value}'`,
      memberName(name),
      `Member must satisfy enum value set: [${choices.join(", ")}]`,
    );
  return choice;
}

export function requiredChoice<Choice extends string>(
  members: RequestMembers,
  name: string,
  choices: readonly Choice[],
): Choice {
  const choice = optionalChoice(members, name, choices);
  if (choice === undefined) throw constraintError("null", memberName(name), "Member must not be null");
  return choice;
}

/** A blob of at least one byte. */
export function requiredBytes(members: RequestMembers, name: string, mostBytes: number): Buffer {
  const base64 = requiredText(members, name);
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) throw new KmsError("SerializationException", `${name} must be base64`);
  const shown = `'java.nio.HeapByteBuffer[pos=0 lim=${bytes.length} cap=${bytes.length}]'`;
  if (bytes.length < 1)
    throw constraintError(shown, memberName(name), "Member must have length greater than or equal to 1");
  if (bytes.length > mostBytes)
    throw constraintError(shown, memberName(name), `Member must have length less than or equal to ${mostBytes}`);
  return bytes;
}

function memberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
