import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { HttpsClient } from "../test/support/https-client.ts";
import { startLocalService } from "../test/support/local-service.ts";
import { rounded, type Figure } from "./figure.ts";

const SETTLE_MILLISECONDS = 3000;
const IDLE_MILLISECONDS = 20_000;
/** Long enough for one check of everything, the service included, on a slow machine. */
const CHECK_MILLISECONDS = 3000;
/** How often `agent/keeper/node-keeper.ts` checks its directory. */
const CHECK_INTERVAL_SECONDS = 600;

/**
 * What `nodeseal-agent run` costs a machine between two renewals: the bundled file, joined to the real local service.
 * Its CPU time is that of sleeping, plus a check of everything every ten minutes. The service is included, though it is
 * asked only four times a day.
 */
export async function idleAgentFigures(): Promise<Figure[]> {
  if (process.platform !== "linux") {
    console.log("agent.idle is left out: memory and processor time are read from /proc, which Linux alone has");
    return [];
  }
  const home = mkdtempSync(join(tmpdir(), "nodeseal-bench-"));
  const service = await startLocalService();
  const client = new HttpsClient(service);
  try {
    const agent = await bundledAgent(home);
    const environment = { ...process.env, ...service.environment };
    const token = await client.newToken();
    const directory = join(home, "pki");
    const joining = [agent, "join", "--token", token, "--node", "idle.example", "--dir", directory];
    execFileSync(process.execPath, joining, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
    const child = spawn(process.execPath, [agent, "run", "--dir", directory], { env: environment, stdio: "ignore" });
    try {
      return await measured(child);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  } finally {
    client.close();
    await service.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function measured(child: ChildProcess): Promise<Figure[]> {
  const pid = child.pid;
  if (pid === undefined) throw new Error("the agent did not start");
  await sleep(SETTLE_MILLISECONDS);
  const asleep = await processorShare(pid, () => sleep(IDLE_MILLISECONDS));
  const before = processorSeconds(pid);
  child.kill("SIGHUP");
  await sleep(CHECK_MILLISECONDS);
  const checkSeconds = processorSeconds(pid) - before;
  const share = asleep + checkSeconds / CHECK_INTERVAL_SECONDS;
  const mebibytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  const note = `${rounded(asleep * 100)} % asleep, and ${rounded(checkSeconds * 1000)} ms every ten minutes`;
  return [
    { name: "agent.idle.rss", value: rounded(mebibytes), unit: "MiB" },
    { name: "agent.idle.cpu", value: rounded(share * 100), unit: "%", note },
  ];
}

/** @returns 1 for one core kept busy */
async function processorShare(pid: number, act: () => Promise<unknown>): Promise<number> {
  const [start, before] = [performance.now(), processorSeconds(pid)];
  await act();
  return (processorSeconds(pid) - before) / ((performance.now() - start) / 1000);
}

/** CPU time of all threads, from the scheduler's nanoseconds: /proc/PID/stat counts in hundredths of a second. */
function processorSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

/** Bundled as in agent/README.md. */
async function bundledAgent(directory: string): Promise<string> {
  const outfile = join(directory, "nodeseal-agent.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "../agent/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
  });
  return outfile;
}
