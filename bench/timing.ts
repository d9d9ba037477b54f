/** How often the contestants take turns, so that a noisy neighbour slows all of them alike. */
const REPETITIONS = 31;
const CALLS_PER_ROUND = 200;
/** By then V8 has compiled everything. Calls are counted, not seconds, so that this holds on a busy machine too. */
const WARM_UP_CALLS = 5000;

/**
 * Microseconds of this thread's CPU for one call of each function: the median of interleaved repetitions. Waiting for
 * the core is not counted. On a shared machine compare ratios, not the numbers.
 */
export function microsecondsOf(contestants: Readonly<Record<string, () => void>>): Record<string, number> {
  const times = new Map<string, number[]>();
  for (const [name, call] of Object.entries(contestants)) {
    timeCalls(call, WARM_UP_CALLS);
    times.set(name, []);
  }
  for (let round = 0; round < REPETITIONS; round++) {
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
