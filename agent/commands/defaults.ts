import { SERVER_SIGNER, KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../../core/certificate/profile.ts";

import { SERVING_PREFIX } from "../certificate/certificate-names.ts";

/** Where a kubelet keeps its certificates, and how it names them (K8.4). */
export const DEFAULT_DIRECTORY = "/var/lib/kubelet/pki";
export const DEFAULT_PREFIX = "kubelet-client";

/** Where `trust` keeps what it has seen. Several servers of one machine share it. */
export const DEFAULT_TRUST_DIRECTORY = "/var/lib/nodeseal/trust";

/** One directory below it for each certificate that is no kubelet's: `systemd/nodeseal-agent@.service` looks there. */
const OTHERS_DIRECTORY = "/var/lib/nodeseal";

/** What the files of a signer's certificates are called. */
export function defaultPrefixOf(signerName: string): string {
  switch (signerName) {
    case KUBELET_CLIENT_SIGNER:
      return DEFAULT_PREFIX;
    case KUBELET_SERVING_SIGNER:
      return SERVING_PREFIX;
    case SERVER_SIGNER:
      return "server";
    case "nodeseal.dev/peer":
      return "peer";
    default:
      return "client";
  }
}

/** A kubelet looks for its certificates in one place. Others each have their own, called as the files are. */
export function defaultDirectoryOf(signerName: string, prefix: string): string {
  const isKubelets = signerName === KUBELET_CLIENT_SIGNER || signerName === KUBELET_SERVING_SIGNER;
  return isKubelets ? DEFAULT_DIRECTORY : `${OTHERS_DIRECTORY}/${prefix}`;
}
