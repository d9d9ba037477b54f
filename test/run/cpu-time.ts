/**
 * Loaded into each process of a run (`--import`): writes at its end how many seconds of CPU it took, with the programs that
 * it waited for. Only the whole of it over all cores says how long a run lasts; the seconds of a file do not.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

/** Of Linux on every architecture that Node.js has. */
const TICKS_PER_SECOND = 100;

const file = process.env["NODESEAL_TEST_CPU_TIME_FILE"];
if (file !== undefined && isMainThread) {
  // Its own children have none to report to.
  Reflect.deleteProperty(process.env, "NODESEAL_TEST_CPU_TIME_FILE");
  process.once("exit", () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(file, String((user + system) / 1e6 + childrenSeconds()));
  });
}

/** proc_pid_stat(5): cutime and cstime are fields 16 and 17, and the name in field 2 may hold spaces. */
function childrenSeconds(): number {
  if (process.platform !== "linux") return 0;
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
