import { clusterInfoKubeconfig, detachedJws, kubeconfigDigest } from "../../../../core/token/cluster-info.ts";
import { tokenStateOf } from "../../../../core/token/token-record.ts";
import { object, type Answer } from "../protocol/answer.ts";
import type { NewestTokens } from "./newest-tokens.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { CONFIG_MAP_RESOURCE } from "../protocol/resources.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { notFound } from "../protocol/status.ts";

export const CLUSTER_INFO_NAMESPACE = "kube-public";
export const CLUSTER_INFO_NAME = "cluster-info";

/** The kubeconfig of the host the request was sent to; undefined when `cluster-info` is not exposed. */
export function kubeconfigFor(
  { options }: Pick<KubernetesServices, "options">,
  { event }: Pick<KubernetesRequest, "event">,
): string | undefined {
  const caPem = options.clusterInfo?.caPem;
  return caPem === undefined ? undefined : clusterInfoKubeconfig(`https://${event.requestContext.domainName}`, caPem);
}

/**
 * GET of `kube-public/cluster-info`, by anybody (K2.1). A token's signature stands there while the token is good and the
 * kubeconfig is the one it signed.
 */
export async function getClusterInfo(
  services: KubernetesServices,
  newestTokens: NewestTokens,
  request: KubernetesRequest,
): Promise<Answer> {
  const kubeconfig = kubeconfigFor(services, request);
  if (kubeconfig === undefined) throw notFound(CONFIG_MAP_RESOURCE, CLUSTER_INFO_NAME);
  const now = services.clock();
  const digest = kubeconfigDigest(kubeconfig);
  const signatures = (await newestTokens()).flatMap((token) => {
    const { tokenId, clusterInfo } = token;
    const state = tokenStateOf(token, now);
    const isGood = state === "Active" || state === "Spent";
    if (clusterInfo === undefined || !isGood || clusterInfo.kubeconfigSha256 !== digest) return [];
    return [[`jws-kubeconfig-${tokenId}`, detachedJws(tokenId, clusterInfo)] as const];
  });
  return object(200, {
    kind: CONFIG_MAP_RESOURCE.kind,
    apiVersion: "v1",
    metadata: {
      name: CLUSTER_INFO_NAME,
      namespace: CLUSTER_INFO_NAMESPACE,
      uid: "00000000-0000-4000-8000-000000000001",
      resourceVersion: String(now.getTime()),
    },
    data: { ...Object.fromEntries(signatures), kubeconfig },
  });
}
