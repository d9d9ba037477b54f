import type { AgentServices } from "../program/agent-services.ts";
import { messageOf } from "../program/agent-error.ts";
import { eventLog, type LogFormat } from "../output/event-log.ts";
import type { ExecHook } from "../keeper/exec-hook.ts";
import type { RunSignals } from "../keeper/run-signals.ts";
import { readEnrolledNode } from "../issuance/enrolled-node.ts";
import { NodeKeeper } from "../keeper/node-keeper.ts";
import { ServingKeeper } from "../keeper/serving-keeper.ts";
// It connects much later, when an upgrade may have replaced the files. So everything it needs is loaded now.
import "../service/server-trust.ts";

export interface RunOptions {
  readonly directoryPath: string;
  readonly hook: ExecHook | undefined;
  readonly logFormat: LogFormat;
}

/**
 * Keeps the node's certificate fresh until it is stopped. Outages, refusals and disk errors are logged, and it goes on.
 * Only a directory in which no node has joined ends it.
 *
 * @throws AgentError
 */
export async function run(
  { directoryPath, hook, logFormat }: RunOptions,
  services: AgentServices,
  signals: RunSignals,
): Promise<void> {
  const { clock, print, fileSystem } = services;
  const log = eventLog(logFormat, print, () => clock.now());
  const { path } = readEnrolledNode(fileSystem, directoryPath).directory;
  const serving = new ServingKeeper({ directoryPath: path, hook, log, services });
  const servingHealth = () => serving.health;
  const keeper = new NodeKeeper({ directoryPath: path, hook, log, services, servingHealth });
  log("info", "started", { dir: path, pid: process.pid });
  while (!signals.isStopped) {
    const pauseSeconds = Math.min(await serving.check(), await keeper.check());
    const isCheckWanted = await signals.sleep(clock, pauseSeconds * 1000);
    if (isCheckWanted) {
      log("info", "check", { reason: "signal" });
      keeper.hurry();
      serving.hurry();
    }
  }
  try {
    keeper.writeHealth("stopped");
  } catch (error) {
    log("warn", "health_failed", { error: messageOf(error) });
  }
  log("info", "stopped");
}
