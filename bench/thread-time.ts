const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Milliseconds of CPU that this thread has had. Linux brings the count up to date when a thread stops running: so it
 * stops for a moment, else whatever ran before would be counted as what runs now.
 */
export function threadMilliseconds(): number {
  Atomics.wait(never, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
