import { AgentError, messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { confirmCertificate, needsConfirmation } from "../issuance/confirmation.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { connectToService, isRenewalDue, readEnrolledNode, type EnrolledNode } from "../issuance/enrolled-node.ts";
import { ExpiredCertificateError, hasExpired, waysBack } from "../issuance/expired-certificate.ts";
import { isHookDue, runExecHook, type ExecHook } from "../keeper/exec-hook.ts";
import { recoverDirectory } from "../issuance/issuance.ts";
import { withRefusal } from "../issuance/refusal.ts";
import { renewCertificate } from "../issuance/renewal.ts";
import { fetchRenewalInfo } from "../issuance/renewal-info.ts";
import { Retries } from "../service/retries.ts";
import type { ServiceClient } from "../service/service-client.ts";
import { clockWarning, ServiceClock } from "../service/service-clock.ts";
import { isRetryable, refusalCodeOf } from "../service/service-error.ts";
import { renewServing } from "./renew-serving.ts";
import { describeMoment, reportCertificate } from "./certificate-report.ts";

export interface RenewOptions {
  readonly directoryPath: string;
  /** Also when it is not due yet. */
  readonly isForced: boolean;
  readonly waitSeconds: number;
  readonly hook: ExecHook | undefined;
}

/**
 * Renews once, if it is due: the command for a timer. With an expired certificate it is a recovery, by the same proof.
 *
 * @throws AgentError
 */
export async function renew(options: RenewOptions, services: AgentServices): Promise<void> {
  const { fileSystem, clock } = services;
  const before = readEnrolledNode(fileSystem, options.directoryPath);
  const node = await withDirectoryLock(fileSystem, before.directory.path, clock, async () => {
    recoverDirectory(before.directory);
    return await renewIfDue(readEnrolledNode(fileSystem, options.directoryPath), options, services);
  });
  await runHook(node, options.hook, services);
  // After the hook: what goes wrong with it does not keep the client certificate from its programs.
  const serving = await renewServing(node, options, services);
  if (serving !== undefined) await runHook(serving, options.hook, services);
}

async function runHook(node: EnrolledNode, hook: ExecHook | undefined, { clock, note }: AgentServices): Promise<void> {
  if (hook === undefined || !isHookDue(node)) return;
  const failure = await runExecHook(hook, node, clock);
  if (failure !== undefined) throw new AgentError(`the certificate is in place, but --exec failed: ${failure}`);
  note("the --exec command ran for the certificate");
}

async function renewIfDue(before: EnrolledNode, options: RenewOptions, services: AgentServices): Promise<EnrolledNode> {
  const { clock, note } = services;
  const serviceClock = new ServiceClock(clock);
  const retries = new Retries({ clock, note, waitSeconds: options.waitSeconds });
  const isDue = options.isForced || isRenewalDue(before, clock.now());
  try {
    const connection = await reachService(before, isDue ? retries : undefined, services, serviceClock);
    if (connection === undefined) return before;
    const { client, node } = connection;
    const warning = clockWarning(serviceClock.offset);
    if (warning !== undefined) note(warning);
    if (!isDue && !isRenewalDue(node, serviceClock.now())) {
      reportCertificate(NOT_DUE, node, services);
      return await confirmed(node, client, services);
    }
    const wasExpired = hasExpired(node, serviceClock.now());
    if (wasExpired) note(`the certificate has expired: asking the service to let ${node.state.nodeName} recover`);
    const issuance = await retries.run(async () => await renewCertificate(node, { client, clock, serviceClock }));
    const renewed = await confirmed({ ...node, ...issuance }, client, services);
    const done = wasExpired ? "recovered" : "renewed";
    reportCertificate(`${done} ${renewed.pair.leaf.commonName}`, renewed, services);
    return renewed;
  } catch (error) {
    withRefusal(before.directory, before.state, before.pair, error, clock.now());
    throw withExpiry(error, before, serviceClock.now());
  }
}

const NOT_DUE = "nothing to do, the renewal is not due yet";

/**
 * Contacts the service even if nothing is due: this machine's clock may be wrong, or the trust bundle may have changed.
 *
 * @param retries undefined when nothing is due: an outage is then no failure
 */
async function reachService(
  before: EnrolledNode,
  retries: Retries | undefined,
  services: AgentServices,
  serviceClock: ServiceClock,
): Promise<{ client: ServiceClient; node: EnrolledNode } | undefined> {
  const attempt = async (): Promise<{ client: ServiceClient; node: EnrolledNode }> => {
    const client = await connectToService(before.state, services, serviceClock);
    const { node } = await fetchRenewalInfo(before, client, { mayPostpone: false, now: services.clock.now() });
    return { client, node };
  };
  if (retries !== undefined) return await retries.run(attempt);
  try {
    return await attempt();
  } catch (error) {
    if (!isRetryable(error)) throw error;
    services.note(`nothing is due; the trust bundle could not be fetched: ${messageOf(error)}`);
    reportCertificate(NOT_DUE, before, services);
    return undefined;
  }
}

async function confirmed(node: EnrolledNode, client: ServiceClient, { note }: AgentServices): Promise<EnrolledNode> {
  if (!needsConfirmation(node.state, node.pair)) return node;
  try {
    return { ...node, state: await confirmCertificate(client, node.directory, node.state, node.pair) };
  } catch (error) {
    note(`the certificate could not be confirmed to the service; the next run tries again: ${messageOf(error)}`);
    return node;
  }
}

/** Refusals whose message already says what an expired node can do. */
const SELF_EXPLANATORY: readonly (string | undefined)[] = [
  "certificate_expired",
  "certificate_revoked",
  "certificate_superseded",
];

/** Adds to other errors that the certificate has expired, and what helps. */
function withExpiry(error: unknown, node: EnrolledNode, now: Date): unknown {
  if (!(error instanceof AgentError) || !hasExpired(node, now)) return error;
  if (SELF_EXPLANATORY.includes(refusalCodeOf(error)))
    return new ExpiredCertificateError(error.message, { cause: error });
  const { pair, state } = node;
  return new ExpiredCertificateError(
    `${error.message}; the certificate expired ${describeMoment(pair.leaf.notAfter, now)}: ` +
      `if the service does not let it recover, ${waysBack(state.nodeName)}`,
    { cause: error },
  );
}
