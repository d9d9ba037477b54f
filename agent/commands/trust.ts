import type { LogFormat } from "../output/event-log.ts";
import { eventLog } from "../output/event-log.ts";
import { AgentError, messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { runCommand, type ExecHook } from "../keeper/exec-hook.ts";
import type { RunSignals } from "../keeper/run-signals.ts";
import { backOffSeconds, randomShare } from "../service/back-off.ts";
import { Retries } from "../service/retries.ts";
import { retryAfterSecondsOf } from "../service/service-error.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { trustRound, type TrustOptions } from "../trust/trust-round.ts";
import { hookDoneFor, recordHook } from "../trust/trust-state.ts";
// It connects much later, when an upgrade may have replaced the files. So everything it needs is loaded now.
import "../service/server-trust.ts";

export interface TrustCommandOptions extends TrustOptions {
  readonly hook: ExecHook | undefined;
  readonly logFormat: LogFormat;
  readonly intervalSeconds: number;
  /** One round, tried again for so long. Undefined: round after round until it is stopped. */
  readonly onceWithinSeconds: number | undefined;
}

/**
 * Keeps the trust files of a server on this machine up to date.
 *
 * @throws AgentError when it is done once, and could not be done
 */
export async function trust(options: TrustCommandOptions, services: AgentServices, signals: RunSignals): Promise<void> {
  const { clock, print, note } = services;
  const log = eventLog(options.logFormat, print, () => clock.now());
  const round = async (): Promise<void> => {
    const { digest } = await trustRound(options, services, log);
    if (options.hook !== undefined) await runHook(options.hook, options, digest, services);
  };
  const { onceWithinSeconds: waitSeconds, intervalSeconds } = options;
  if (waitSeconds !== undefined) {
    await new Retries({ clock, note, waitSeconds }).run(round);
    return;
  }
  log("info", "started", { file: options.file, pid: process.pid });
  let failures = 0;
  while (!signals.isStopped) {
    const pauseSeconds = await round().then(
      () => {
        failures = 0;
        return intervalSeconds * (0.9 + randomShare() / 5);
      },
      (error: unknown) => {
        failures++;
        log("error", "trust_failed", { file: options.file, error: messageOf(error), failures });
        return Math.min(LONGEST_PAUSE_SECONDS, backOffSeconds(failures, intervalSeconds, retryAfterSecondsOf(error)));
      },
    );
    await signals.sleep(clock, pauseSeconds * 1000);
  }
  log("info", "stopped");
}

/** A service that answers "later" must not leave a server with an old file for long. */
const LONGEST_PAUSE_SECONDS = 900;

/** @throws AgentError when it failed: the next round runs it again */
async function runHook(
  hook: ExecHook,
  { file, crlFile, directoryPath }: TrustOptions,
  digest: string,
  { fileSystem, clock }: AgentServices,
): Promise<void> {
  if (hookDoneFor(fileSystem, directoryPath, file) === digest) return;
  const environment = { NODESEAL_TRUST_FILE: file, ...(crlFile === undefined ? {} : { NODESEAL_CRL_FILE: crlFile }) };
  const failure = await runCommand(hook, environment);
  if (failure !== undefined) throw new AgentError(failure);
  await withDirectoryLock(fileSystem, directoryPath, clock, () => {
    recordHook(fileSystem, directoryPath, file, digest);
    return Promise.resolve();
  });
}
