import { readFileSync } from "node:fs";
import { errorCodeOf } from "./file-system.ts";

/*
 * A lock names its process: `PID STARTTIME BOOTID`, the first field of agent/README.md's "The lock". A number alone says
 * little: it is given to another process later, and in a container the agent has the same one at every start.
 */

/** The lock's text for a process. Where there is no /proc, the number alone. */
export function describeHolder(pid: number): string {
  const incarnation = incarnationOf(pid);
  return incarnation === undefined ? `${pid} \n` : `${pid} ${incarnation.startTime} ${incarnation.bootId}\n`;
}

/**
 * Whether the process that wrote this lock still runs.
 *
 * @param writtenAt when the lock was written, which decides where it names no incarnation (the shell agent before 0.2)
 */
export function isHolderAlive(holder: string, writtenAt: Date | undefined): boolean {
  const [pidText = "", ...named] = holder.trim().split(/ +/);
  const pid = Number(pidText);
  if (!/^\d{1,10}$/.test(pidText) || pid === 0 || !isRunning(pid)) return false;
  const now = incarnationOf(pid);
  if (named.length === 0) return mayHaveWritten(pid, now, writtenAt);
  if (now === undefined) return true;
  // Agents before 0.2 wrote `PID BOOTID/STARTTIME`.
  return [`${now.startTime} ${now.bootId}`, `${now.bootId}/${now.startTime}`].includes(named.join(" "));
}

interface Incarnation {
  /** In clock ticks since boot: field 22 of proc_pid_stat(5). */
  readonly startTime: string;
  readonly bootId: string;
}

/** Undefined where there is no /proc, or no such process. */
function incarnationOf(pid: number): Incarnation | undefined {
  try {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Counted after the name, which may hold spaces and parentheses.
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTime = status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
    return startTime === undefined ? undefined : { startTime, bootId };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is alive, and belongs to another user.
    return errorCodeOf(error) === "EPERM";
  }
}

/** USER_HZ, the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
/** `stat` and the clock are not exactly in step. */
const TOLERANCE_SECONDS = 2;
const LONGEST_HOLD_SECONDS = 24 * 3600;

/** A process that started after the lock was written did not write it, and this process knows that it did not. */
function mayHaveWritten(pid: number, incarnation: Incarnation | undefined, writtenAt: Date | undefined): boolean {
  if (pid === process.pid) return false;
  if (writtenAt === undefined) return true;
  const ageSeconds = (Date.now() - writtenAt.getTime()) / 1000;
  if (Math.abs(ageSeconds) > LONGEST_HOLD_SECONDS) return false;
  const runsForSeconds = incarnation && uptimeSeconds() - Number(incarnation.startTime) / TICKS_PER_SECOND;
  // Less than nothing: the container has an uptime of its own, so this comparison tells nothing.
  if (runsForSeconds === undefined || Number.isNaN(runsForSeconds) || runsForSeconds < 0) return true;
  return runsForSeconds + TOLERANCE_SECONDS >= ageSeconds;
}

function uptimeSeconds(): number {
  try {
    return Number(readFileSync("/proc/uptime", "utf8").split(" ", 1)[0]);
  } catch {
    return Number.NaN;
  }
}
