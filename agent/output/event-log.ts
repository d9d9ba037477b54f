import { printableJson } from "./printable-text.ts";

export type LogLevel = "info" | "warn" | "error";
/** Undefined members are left out. */
export type EventFields = Readonly<Record<string, string | number | Date | undefined>>;
export type EventLog = (level: LogLevel, event: string, fields?: EventFields) => void;

export type LogFormat = "logfmt" | "json";

/** One line for each event, readable by people and programs. */
export function eventLog(format: LogFormat, print: (line: string) => void, now: () => Date): EventLog {
  return (level, event, fields = {}) => {
    const all: EventFields = { time: now(), level, event, ...fields };
    // JSON leaves out undefined members by itself.
    print(format === "json" ? printableJson(all) : Object.entries(all).flatMap(logfmt).join(" "));
  };
}

function logfmt([name, value]: [string, EventFields[string]]): string[] {
  if (value === undefined) return [];
  const text = value instanceof Date ? value.toISOString() : String(value);
  return [`${name}=${/^[^\s"=\\\p{Cc}\p{Cf}]+$/u.test(text) ? text : printableJson(text)}`];
}
