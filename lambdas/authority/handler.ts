import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { activeAuthority, signingAlgorithmOf, spkiSha256, type TrustBundle } from "../../core/authority/authority.ts";
import { activeRoot } from "../../core/authority/path.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import type { AuthorityPlan } from "../../core/authority/plan.ts";
import { makeMissingGenerations } from "../../core/authority/reconciliation/reconcile-authorities.ts";
import type { AuthorityRequestStore } from "../../core/authority/external/ca-signing-request.ts";
import { faultOfKey } from "../../core/authority/reconciliation/prepare-authority.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import { provisionExternalAuthority } from "../../core/authority/external/external-authority.ts";
import type { ExternalCa } from "../../core/authority/external/external-ca.ts";
import { publishTrustAnchors, publishTrustBundle } from "../../core/inspection/publish-trust-bundle.ts";
import {
  reconcileOnSchedule,
  type ScheduledServices,
} from "../../core/authority/reconciliation/scheduled-reconciliation.ts";
import { followAuthorities } from "../../core/roles-anywhere/follow-authorities.ts";
import { issuingAlgorithm } from "../../core/keys/signature-algorithm.ts";
import { DEFAULT_WATCH_LIMITS } from "../../core/renewal/watch-renewals.ts";
import type { Observer } from "../observer.ts";
import { customResourceResponse, type Outcome, type Respond } from "./custom-resource-response.ts";
import type { DeployedPlan } from "./deployed-plan.ts";

export interface AuthorityFunctionServices extends Omit<ScheduledServices, "audit" | "failed"> {
  /** What was deployed. Read at each call, so that a file that cannot be used is told to CloudFormation. @throws Error */
  readonly deployed: () => DeployedPlan;
  /** @throws Error unless CloudFormation's answers can lie at this address: nothing is done for anybody else */
  readonly assertAnswerable: (responseUrl: string) => void;
  readonly respond: Respond;
  readonly requests: AuthorityRequestStore;
  /** Is never given the event itself: it may hold a signed URL. */
  readonly observer: Pick<Observer, "audit" | "failed">;
}

type Services = AuthorityFunctionServices & ScheduledServices;

/** What the schedule sends: `reconcile`. */
export interface ScheduledReconciliation {
  readonly act: string;
}

export type AuthorityHandler = (event: CloudFormationCustomResourceEvent | ScheduledReconciliation) => Promise<void>;

/**
 * The custom resource at a deployment, and between deployments the reconciliations of the schedule. An event says which of
 * the two it is, and nothing that is believed: whoever may invoke the function could have sent it.
 */
export function authorityHandler(given: AuthorityFunctionServices): AuthorityHandler {
  const services = { ...given, audit: given.observer.audit, failed: given.observer.failed };
  const provisioned = customResource(services);
  return async (event) => {
    if ("ResponseURL" in event) await provisioned(event);
    else if (event.act === "reconcile") await reconcileNow(services);
    else throw new Error("the event is neither CloudFormation's nor the schedule's");
  };
}

/** @throws Error what went wrong: the next reconciliation, or Lambda's own retry, begins again */
async function reconcileNow(services: Services): Promise<void> {
  const { plan } = services.deployed();
  const bundle = await services.authorities.read();
  // The first generation is the deployment's to make: CloudFormation waits for it.
  if (bundle === undefined) return;
  await reconcileOnSchedule(services, plan, bundle, DEFAULT_WATCH_LIMITS);
}

/**
 * Creating, creating again after a lost answer, updating and rolling back are one act: make what is
 * missing, publish, tell. Deleting does nothing, whatever physical id it comes with: certificates outlive their stack.
 */
function customResource(services: Services) {
  return async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    services.assertAnswerable(event.ResponseURL);
    const outcome = event.RequestType === "Delete" ? DELETED : await provision(services);
    // One id for ever: another one would make CloudFormation delete the old after an update.
    const physicalResourceId = event.RequestType === "Create" ? "authorities" : event.PhysicalResourceId;
    await services.respond(event.ResponseURL, customResourceResponse(event, physicalResourceId, outcome));
  };
}

const DELETED: Outcome = { status: "SUCCESS", data: {} };

async function provision(services: Services): Promise<Outcome> {
  try {
    const { plan, externalCa } = services.deployed();
    if (externalCa !== undefined)
      return { status: "SUCCESS", data: await provisionExternal(services, plan, externalCa) };
    const first = await createFirstAuthorities(services, plan);
    assertPlanned(first, plan);
    const bundle = await makeMissingGenerations(services, plan, first);
    return { status: "SUCCESS", data: await publish(services, plan, bundle) };
  } catch (error) {
    services.observer.failed(error);
    return { status: "FAILED", reason: error instanceof Error ? error.message : "see the log" };
  }
}

/**
 * A CA that signs by another algorithm than its key can, or whose key the deployment no longer grants, is found out here,
 * not by the first node.
 *
 * @throws Error
 */
function assertPlanned(bundle: TrustBundle, plan: AuthorityPlan): void {
  const { keySpec } = plan;
  const active = activeAuthority(bundle, "issuing");
  if (active === undefined) throw new Error("no issuing CA is active");
  for (const { id, state } of bundle.authorities) {
    // One that is prepared signs nothing: the rollback of the deployment that brought it must succeed.
    const fault = state === "active" || state === "retiring" ? faultOfKey(plan, id) : undefined;
    if (fault !== undefined) throw new Error(`${id} is in use, and ${fault}`);
  }
  if (signingAlgorithmOf(parseCertificate(active.certificate)) !== issuingAlgorithm(keySpec)) {
    throw new Error(`the active CA ${active.id} has no ${keySpec} key: a CA's key cannot change, set keySpec back`);
  }
}

/** @throws Error */
async function provisionExternal(
  services: Services,
  plan: AuthorityPlan,
  externalCa: ExternalCa,
): Promise<Readonly<Record<string, string>>> {
  const bundle = await provisionExternalAuthority(services, plan, externalCa);
  if (bundle !== undefined) {
    assertPlanned(bundle, plan);
    return publish(services, plan, bundle);
  }
  // What the deployment pins is trusted already: domains that verify client certificates can be made.
  return {
    TrustBundleVersion: await publishTrustAnchors(services, externalCa.anchors),
    TrustBundleSequence: "0",
    RootSpkiSha256: spkiSha256(externalCa.anchors[0].spki),
  };
}

/** Far below CloudFormation's 4,096 bytes however many CAs there are: hashes and a version, no certificate. */
async function publish(
  services: Services,
  { clusterName }: AuthorityPlan,
  bundle: TrustBundle,
): Promise<Readonly<Record<string, string>>> {
  const version = await publishTrustBundle(services, bundle);
  // What fails here fails no deployment: it was told, and the next reconciliation tries again.
  await followAuthorities(services, clusterName, bundle);
  const root = activeRoot(bundle);
  if (root === undefined) throw new Error("no root is active");
  return {
    TrustBundleVersion: version,
    TrustBundleSequence: String(bundle.sequence),
    RootSpkiSha256: spkiSha256(parseCertificate(root.certificate).spki),
  };
}
