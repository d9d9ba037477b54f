import { messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { isCertificateRefusal, withoutRefusal, withRefusal } from "./refusal.ts";
import { connectToService, type EnrolledNode } from "./enrolled-node.ts";
import { standingRefusal, type AgentState } from "../directory/agent-state.ts";

/** Whether the certificate here is still good, as far as can be known. */
export interface Acceptance {
  readonly isAccepted: boolean;
  readonly state: AgentState;
  /** For the person: why another one is needed, or why that could not be found out. */
  readonly reason: string | undefined;
}

/**
 * Asks the service whether it still accepts the certificate: by its renewal window, and where there is none by the
 * confirmation, which says why. What it refused before is not asked again. A service that does not answer leaves the certificate as
 * good as its dates.
 */
export async function askWhetherAccepted(node: EnrolledNode, services: AgentServices): Promise<Acceptance> {
  const { directory, pair, state } = node;
  const known = standingRefusal(state, pair.leaf);
  if (known !== undefined) return { isAccepted: false, state, reason: known.message };
  const { certificate, trustBundleSequence } = state;
  if (certificate?.serialNumber !== pair.leaf.serialNumber) return { isAccepted: true, state, reason: undefined };
  try {
    const client = await connectToService(state, services, new ServiceClock(services.clock));
    // Its renewal window shows nobody the certificate; it has one only while it may renew.
    if ((await client.renewalWindow(certificate.requestName)) === undefined)
      await client.confirm(pair, certificate.requestName, trustBundleSequence);
    return { isAccepted: true, state: withoutRefusal(directory, state), reason: undefined };
  } catch (error) {
    if (isCertificateRefusal(error)) {
      const refused = withRefusal(directory, state, pair, error, services.clock.now());
      return { isAccepted: false, state: refused, reason: messageOf(error) };
    }
    return {
      isAccepted: true,
      state,
      reason: `the service could not be asked whether it still accepts the certificate: ${messageOf(error)}`,
    };
  }
}
