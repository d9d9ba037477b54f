import { KUBELET_SERVING_SIGNER } from "../../core/certificate/profile.ts";
import { writeAgentState, type AgentState, type ServingWish } from "../directory/agent-state.ts";
import { confirmCertificate } from "../issuance/confirmation.ts";
import { connectToService, type EnrolledNode } from "../issuance/enrolled-node.ts";
import { recoverDirectory } from "../issuance/issuance.ts";
import { PendingRenewalError } from "../issuance/renewal.ts";
import {
  dropRefusedServing,
  isServingDue,
  obtainServing,
  readServingNode,
  servingDirectory,
  wantedServing,
} from "../issuance/serving.ts";
import { AgentError, messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { Retries } from "../service/retries.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { isRefusal } from "../service/service-error.ts";
import { reportCertificate } from "./certificate-report.ts";

/**
 * Gets the serving certificate of a node that has just joined, or joined before. Called under the directory's lock. What it
 * is to hold is noted first, so that `run` goes on after a crash or an outage, and once somebody has approved it.
 *
 * @throws AgentError when it is refused: then nothing of it is left
 */
export async function joinServing(
  main: EnrolledNode,
  wish: ServingWish,
  waitSeconds: number,
  services: AgentServices,
): Promise<void> {
  const { clock, note } = services;
  const { fileSystem, path } = main.directory;
  recoverDirectory(servingDirectory(main.directory));
  const names = wantedServing(main, wish, services.machine);
  const wishing: AgentState = { ...main.state, serving: wish };
  writeAgentState(fileSystem, path, wishing);
  const node = { ...main, state: wishing };
  const before = readServingNode(node);
  if (before !== undefined && !isServingDue(before, names, wish, clock.now())) {
    reportCertificate(
      `nothing to do, this machine already has a certificate of ${KUBELET_SERVING_SIGNER}`,
      before,
      services,
    );
    return;
  }
  try {
    const serviceClock = new ServiceClock(clock);
    const retries = new Retries({ clock, note, waitSeconds });
    const client = await retries.run(async () => await connectToService(wishing, services, serviceClock));
    const context = { client, clock, serviceClock };
    const { pair, state } = await retries.run(async () => await obtainServing(node, names, context));
    const directory = servingDirectory(main.directory);
    reportCertificate("its serving certificate", { directory, pair, state }, services);
    await confirmCertificate(client, directory, state, pair).catch((error: unknown) => {
      note(`it could not be confirmed to the service; "run" and "renew" do it later: ${messageOf(error)}`);
    });
  } catch (error) {
    if (error instanceof PendingRenewalError) {
      note(`${error.message}; "run" fetches it then`);
      return;
    }
    if (!isRefusal(error)) throw laterError(error);
    dropRefusedServing(node, error);
    writeAgentState(fileSystem, path, main.state);
    throw refusedError(error);
  }
}

function refusedError(error: unknown): AgentError {
  return new AgentError(
    `the client certificate is in place and stays usable, but no serving certificate is given: ${messageOf(error)}; ` +
      `an administrator can add a rule for system:nodes (docs/policy.md), or give other names with --dns and --ip, and run this again`,
    { cause: error },
  );
}

function laterError(error: unknown): AgentError {
  const next = '"run" goes on asking for it, as does this command again';
  const message = `the client certificate is in place, but the serving certificate is not: ${messageOf(error)}; ${next}`;
  return new AgentError(message, { cause: error });
}
