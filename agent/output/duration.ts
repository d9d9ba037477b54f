const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `24h`, `1h30m`, `7d` → seconds. Undefined for anything else. `0` is a duration too. */
export function parseDurationSeconds(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count = "", unit = ""] of text.matchAll(/(\d+)([smhd])/g)) {
    seconds += Number(count) * (SECONDS_OF[unit] ?? 0);
  }
  return seconds;
}

/** For people: the two largest units (`23h 59m`, `4m 10s`, `12d 3h`). */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
