/** How many rounds the contestants take turns: a noisy neighbour then slows all of them alike. */
const ROUNDS = 15;
const ROUND_MS = 120;

/**
 * Microseconds of one call of each function, the median of interleaved rounds. Ratios of two of them mean something on a
 * shared machine; the numbers alone do not.
 */
export function microsecondsOf(contestants: Readonly<Record<string, () => void>>): Record<string, number> {
  const times = new Map<string, number[]>();
  for (const [name, call] of Object.entries(contestants)) {
    timeRound(call);
    times.set(name, []);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, call] of Object.entries(contestants)) times.get(name)?.push(timeRound(call));
  }
  return Object.fromEntries(Array.from(times, ([name, values]) => [name, median(values)]));
}

function timeRound(call: () => void): number {
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < ROUND_MS) {
    call();
    calls++;
  }
  return ((performance.now() - start) / calls) * 1000;
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
