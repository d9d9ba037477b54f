/** How many reconciliations the contestants take turns: a noisy neighbour then slows all of them alike. */
const ROUNDS = 31;
const CALLS_PER_ROUND = 200;
/** By then V8 has compiled what it will, on a busy machine too: it counts calls, not seconds. */
const WARM_UP_CALLS = 5000;

/**
 * Microseconds of this thread's CPU for one call of each function, the median of interleaved reconciliations: time that a
 * neighbour had the core is not counted. Ratios of two of them mean something on a shared machine; the numbers alone do not.
 */
export function microsecondsOf(contestants: Readonly<Record<string, () => void>>): Record<string, number> {
  const times = new Map<string, number[]>();
  for (const [name, call] of Object.entries(contestants)) {
    timeCalls(call, WARM_UP_CALLS);
    times.set(name, []);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, call] of Object.entries(contestants)) times.get(name)?.push(timeCalls(call, CALLS_PER_ROUND));
  }
  return Object.fromEntries(Array.from(times, ([name, values]) => [name, median(values)]));
}

function timeCalls(call: () => void, calls: number): number {
  const before = process.threadCpuUsage();
  for (let left = calls; left > 0; left--) call();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / calls;
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
