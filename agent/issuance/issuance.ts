import { AgentError } from "../program/agent-error.ts";
import { assertAcceptable } from "./certificate-acceptance.ts";
import { buildCertificateRequest } from "../certificate/certificate-request.ts";
import type { CertificateNames } from "../certificate/certificate-names.ts";
import type { Clock } from "../program/clock.ts";
import { writeAgentState, type AgentState } from "../directory/agent-state.ts";
import {
  finishInterruptedSwitch,
  prunePairFiles,
  readCurrentPair,
  switchCurrentPair,
  writePairFile,
  type CertificateDirectory,
} from "../directory/certificate-directory.ts";
import { encodePair, isKeyOf, nodeCertificate, type CertificatePair } from "../directory/certificate-pair.ts";
import { removeTemporaryFiles } from "../directory/durable-file.ts";
import { healthPathOf } from "../directory/health-file.ts";
import { dropPendingKey, pendingKey, readPendingKey } from "../directory/pending-key.ts";
import type { KeyPair } from "../certificate/key-pair.ts";
import type { IssuedAnswer } from "../service/service-answer.ts";
import type { ServiceClock } from "../service/service-clock.ts";
import { refusalCodeOf } from "../service/service-error.ts";
import type { TrustBundle } from "../certificate/trust-bundle.ts";

export interface IssuanceContext {
  readonly directory: CertificateDirectory;
  readonly state: AgentState;
  /** What the certificate is to say of its holder. */
  readonly names: CertificateNames;
  readonly clock: Clock;
  readonly serviceClock: ServiceClock;
  /** Sends the CSR to the service. It handles pending requests and retries itself. */
  readonly ask: (csrDer: Uint8Array) => Promise<IssuedAnswer>;
  /** A trust bundle at least as new as the sequence, already on disk. */
  readonly trustBundle: (sequence: number | undefined) => Promise<TrustBundle>;
}

export interface Issuance {
  readonly pair: CertificatePair;
  /** The state that is now on disk. */
  readonly state: AgentState;
}

/** The request of an earlier run led to a certificate that has since expired. */
class ExpiredAnswerError extends AgentError {}

/**
 * Obtains one certificate, from the key to the files. After a crash at any point the next attempt goes on with the same
 * key and gets the same certificate. Until the link is switched, the old pair is the current one.
 *
 * @throws AgentError when the service refuses, or its answer is not acceptable
 */
export async function obtainCertificate(context: IssuanceContext): Promise<Issuance> {
  const { directory, state } = context;
  try {
    return await obtainWithKey(context, await pendingKey(directory, state.keyType));
  } catch (error) {
    // Another request displaced this one, or its certificate expired: this key gets no other certificate.
    if (refusalCodeOf(error) !== "request_voided" && !(error instanceof ExpiredAnswerError)) throw error;
    dropPendingKey(directory);
    return await obtainWithKey(context, await pendingKey(directory, state.keyType));
  }
}

async function obtainWithKey(context: IssuanceContext, keyPair: KeyPair): Promise<Issuance> {
  const { names } = context;
  const answer = await context.ask(buildCertificateRequest(names, keyPair));
  const now = context.serviceClock.now();
  const [first] = answer.chain;
  if (first !== undefined && isKeyOf(first, keyPair) && nodeCertificate(first).notAfter <= now) {
    throw new ExpiredAnswerError("the service answers with a certificate that has expired");
  }
  const { authorities, sequence } = await context.trustBundle(answer.trustBundleSequence);
  const pair = assertAcceptable(answer.chain, { names, keyPair, authorities, now });
  return { pair, state: install(context, pair, answer, sequence) };
}

function install(
  { directory, state: before, clock, serviceClock }: IssuanceContext,
  pair: CertificatePair,
  { requestName, renewAfter, renewBefore }: IssuedAnswer,
  trustBundleSequence: number,
): AgentState {
  // A crash after this leaves a file without a link. The next attempt makes the same file, and finds it.
  const fileName = writePairFile(directory, encodePair(pair.chain, pair.keyPair), clock.now());
  const { serialNumber } = pair.leaf;
  const state: AgentState = {
    ...before,
    certificate: { serialNumber, requestName, renewAfter, renewBefore, isConfirmed: false },
    trustBundleSequence,
    pairFiles: [...before.pairFiles.filter((name) => name !== fileName), fileName],
    clockOffset: serviceClock.offset ?? before.clockOffset,
  };
  // A crash after this: the state is not about the current certificate, so it is ignored. The key is still there.
  writeAgentState(directory.fileSystem, directory.path, state);
  // A crash after this: the new pair is current. Its key is no longer pending, and `recoverDirectory` drops it.
  switchCurrentPair(directory, fileName);
  dropPendingKey(directory);
  // A crash after this leaves surplus files, which the next renewal deletes.
  const pairFiles = prunePairFiles(directory, state.pairFiles);
  return { ...state, pairFiles };
}

/** Finishes what a crash interrupted. Called under the lock, before anything else. */
export function recoverDirectory(directory: CertificateDirectory): void {
  // The health file is written without the lock.
  removeTemporaryFiles(directory.fileSystem, directory.path, healthPathOf(directory.path));
  finishInterruptedSwitch(directory);
  const pending = readPendingKey(directory);
  const current = readCurrentPair(directory);
  if (pending === undefined || current.state !== "usable") return;
  if (isKeyOf(current.pair.leaf.x509, pending)) dropPendingKey(directory);
}
