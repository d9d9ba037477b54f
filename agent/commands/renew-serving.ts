import { withDirectoryLock } from "../directory/directory-lock.ts";
import { confirmCertificate, needsConfirmation } from "../issuance/confirmation.ts";
import { connectToService, type EnrolledNode } from "../issuance/enrolled-node.ts";
import { recoverDirectory } from "../issuance/issuance.ts";
import { fetchRenewalInfo } from "../issuance/renewal-info.ts";
import { isServingDue, obtainServing, readServingNode, servingDirectory, wantedServing } from "../issuance/serving.ts";
import { AgentError, messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { Retries } from "../service/retries.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { isRetryable } from "../service/service-error.ts";
import { reportCertificate } from "./certificate-report.ts";
import type { RenewOptions } from "./renew.ts";

/**
 * The serving certificate's part of `renew`: one look, one request if it is due or not there yet.
 *
 * @returns undefined when none is wanted
 * @throws AgentError
 */
export async function renewServing(
  main: EnrolledNode,
  options: RenewOptions,
  services: AgentServices,
): Promise<EnrolledNode | undefined> {
  if (main.state.serving === undefined) return undefined;
  const { fileSystem, path } = main.directory;
  return await withDirectoryLock(fileSystem, path, services.clock, async () => {
    recoverDirectory(servingDirectory(main.directory));
    try {
      return await renewIfDue(main, options, services);
    } catch (error) {
      throw new AgentError(`the serving certificate: ${messageOf(error)}`, { cause: error });
    }
  });
}

async function renewIfDue(
  main: EnrolledNode,
  { isForced, waitSeconds }: RenewOptions,
  services: AgentServices,
): Promise<EnrolledNode | undefined> {
  const { clock, note, machine } = services;
  const { serving: wish } = main.state;
  if (wish === undefined) return undefined;
  const serviceClock = new ServiceClock(clock);
  const retries = new Retries({ clock, note, waitSeconds });
  const before = readServingNode(main);
  const names = wantedServing(main, wish, machine);
  const isDue = (serving: EnrolledNode | undefined): boolean =>
    isForced || isServingDue(serving, names, wish, serviceClock.now());
  try {
    const client = await connectToService(main.state, services, serviceClock);
    const context = { mayPostpone: false, now: clock.now() };
    const serving = before && (await fetchRenewalInfo(before, client, context)).node;
    if (serving !== undefined && !isDue(serving)) return await confirmed(serving);
    const request = { client, clock, serviceClock };
    const issuance = await retries.run(async () => await obtainServing(main, names, request));
    const renewed = { directory: servingDirectory(main.directory), ...issuance };
    reportCertificate("renewed its serving certificate", renewed, services);
    return await confirmed(renewed);

    async function confirmed(node: EnrolledNode): Promise<EnrolledNode> {
      if (!needsConfirmation(node.state, node.pair)) return node;
      return { ...node, state: await confirmCertificate(client, node.directory, node.state, node.pair) };
    }
  } catch (error) {
    // An outage while nothing is due is no failure.
    if (before === undefined || isDue(before) || !isRetryable(error)) throw error;
    return before;
  }
}
