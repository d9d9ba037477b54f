const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** How kubectl prints ages (apimachinery's HumanDuration, K3.9): the older, the coarser, with at most two units. */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -1000) return "<invalid>";
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return twoUnits(seconds, MINUTE, "m", 1, "s");
  if (seconds < 3 * HOUR) return whole(seconds, MINUTE, "m");
  if (seconds < 8 * HOUR) return twoUnits(seconds, HOUR, "h", MINUTE, "m");
  if (seconds < 2 * DAY) return whole(seconds, HOUR, "h");
  if (seconds < 8 * DAY) return twoUnits(seconds, DAY, "d", HOUR, "h");
  if (seconds < 2 * YEAR) return whole(seconds, DAY, "d");
  if (seconds < 8 * YEAR) return twoUnits(seconds, YEAR, "y", DAY, "d");
  return whole(seconds, YEAR, "y");
}

function whole(seconds: number, unitSeconds: number, unit: string): string {
  return `${Math.floor(seconds / unitSeconds)}${unit}`;
}

/** The smaller unit is left out when it is zero. */
function twoUnits(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${whole(seconds, big, bigUnit)}${rest === 0 ? "" : `${rest}${smallUnit}`}`;
}
