import { InvalidArgumentError } from "commander";

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `24h`, `7d`, `1h30m`, Go's `24h0m0s` and `1.5h` → whole seconds. Undefined for anything else. */
export function parseDurationSeconds(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(\d{1,9}(\.\d{1,9})?[smhd])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count = "", unit = ""] of text.matchAll(/([\d.]+)([smhd])/g)) {
    seconds += Number(count) * (SECONDS_OF[unit] ?? 0);
  }
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

export function durationOption(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined) throw new InvalidArgumentError("Write it like 90s, 30m, 24h, 7d or 1h30m.");
  return seconds;
}

/** A time, or its distance from now: `2027-01-31`, `2027-01-31T12:00:00Z`, `30d`. */
export function timeOption(now: () => Date): (text: string) => Date {
  return (text) => {
    const seconds = parseDurationSeconds(text);
    const at = seconds === undefined ? new Date(isIsoTime(text) ? text : Number.NaN) : later(now(), seconds);
    if (Number.isNaN(at.getTime())) {
      throw new InvalidArgumentError("Write it like 2027-01-31, 2027-01-31T12:00:00Z, or 30d for that far from now.");
    }
    return at;
  };
}

/** A time that is past, or how long ago: `2027-01-31`, `2027-01-31T12:00:00Z`, `7d`. */
export function pastTimeOption(now: () => Date): (text: string) => Date {
  return (text) => {
    const seconds = parseDurationSeconds(text);
    const at = seconds === undefined ? new Date(isIsoTime(text) ? text : Number.NaN) : later(now(), -seconds);
    if (Number.isNaN(at.getTime()))
      throw new InvalidArgumentError("Write it like 2027-01-31, 2027-01-31T12:00:00Z, or 7d for so long ago.");
    return at;
  };
}

/** Date.parse accepts more forms, which depend on the implementation. */
function isIsoTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text);
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
