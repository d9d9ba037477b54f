import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { signingAlgorithmOf, spkiSha256, trustedAuthorities, type TrustBundle } from "../../core/authority.ts";
import { parseCertificate } from "../../core/certificate.ts";
import { authorityExpiryEvents } from "../../core/authority-expiry.ts";
import type { AuthorityPlan } from "../../core/authority-plan.ts";
import { createFirstAuthorities, type AuthorityServices } from "../../core/create-authority.ts";
import { encodePem } from "../../core/pem.ts";
import { issuingAlgorithm } from "../../core/signature-algorithm.ts";
import type { TrustBundlePublisher } from "../../core/trust-bundle-publisher.ts";
import type { Observer } from "../observer.ts";
import { customResourceResponse, type Outcome, type Respond } from "./custom-resource-response.ts";
import { authorityPlanOf } from "./resource-properties.ts";

export interface AuthorityFunctionServices extends AuthorityServices {
  readonly publisher: TrustBundlePublisher;
  readonly respond: Respond;
  /** Is never given the event itself: it may hold a signed URL. */
  readonly observer: Pick<Observer, "audit" | "failed">;
}

/** What the schedule sends: the properties of the custom resource, and no address to answer to. */
export interface ScheduledRound {
  readonly ResourceProperties: unknown;
}

export type AuthorityHandler = (event: CloudFormationCustomResourceEvent | ScheduledRound) => Promise<void>;

/** The custom resource at a deployment, and between deployments the rounds of the schedule. */
export function authorityHandler(services: AuthorityFunctionServices): AuthorityHandler {
  const provisioned = customResource(services);
  return async (event) => {
    if ("ResponseURL" in event) await provisioned(event);
    else await makeRound(services, event);
  };
}

/** @throws Error what went wrong: the next round, or Lambda's own retry, begins again */
async function makeRound(services: AuthorityFunctionServices, { ResourceProperties }: ScheduledRound): Promise<void> {
  const plan = authorityPlanOf(ResourceProperties);
  const bundle = await services.authorities.read();
  // The first generation is the deployment's to make: CloudFormation waits for it.
  if (bundle === undefined) return;
  for (const event of authorityExpiryEvents(bundle, plan, services.clock())) services.observer.audit(event);
}

/**
 * Creating, creating again after a lost answer, updating and rolling back are one act: make what is
 * missing, publish, tell. Deleting does nothing, whatever physical id it comes with: certificates outlive their stack.
 */
function customResource(services: AuthorityFunctionServices) {
  return async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const outcome = event.RequestType === "Delete" ? DELETED : await provision(services, event.ResourceProperties);
    // One id for ever: another one would make CloudFormation delete the old after an update.
    const physicalResourceId = event.RequestType === "Create" ? "authorities" : event.PhysicalResourceId;
    await services.respond(event.ResponseURL, customResourceResponse(event, physicalResourceId, outcome));
  };
}

const DELETED: Outcome = { status: "SUCCESS", data: {} };

async function provision(services: AuthorityFunctionServices, resourceProperties: unknown): Promise<Outcome> {
  try {
    const plan = authorityPlanOf(resourceProperties);
    const bundle = await createFirstAuthorities(services, plan);
    assertPlanned(bundle, plan);
    return { status: "SUCCESS", data: await publish(services, bundle) };
  } catch (error) {
    services.observer.failed(error);
    return { status: "FAILED", reason: error instanceof Error ? error.message : "see the log" };
  }
}

/** A CA that signs by another algorithm than its key can is found out here, not by the first node. @throws Error */
function assertPlanned({ authorities }: TrustBundle, { keySpec }: AuthorityPlan): void {
  const active = authorities.find(({ role, state }) => role === "issuing" && state === "active");
  if (active === undefined) throw new Error("no issuing CA is active");
  if (signingAlgorithmOf(parseCertificate(active.certificate)) !== issuingAlgorithm(keySpec)) {
    throw new Error(`the active CA ${active.id} has no ${keySpec} key: a CA's key cannot change, set keySpec back`);
  }
}

/** Far below CloudFormation's 4,096 bytes however many CAs there are: hashes and a version, no certificate. */
async function publish(
  { publisher }: AuthorityFunctionServices,
  bundle: TrustBundle,
): Promise<Readonly<Record<string, string>>> {
  const trusted = trustedAuthorities(bundle);
  const version = await publisher.publish(
    trusted.map(({ certificate }) => encodePem("CERTIFICATE", certificate)).join(""),
  );
  const root = trusted.findLast(({ role }) => role === "root");
  if (root === undefined) throw new Error("the trust bundle holds no root");
  return {
    TrustBundleVersion: version,
    TrustBundleSequence: String(bundle.sequence),
    RootSpkiSha256: spkiSha256(parseCertificate(root.certificate).spki),
  };
}
