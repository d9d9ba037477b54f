/** Where a kubelet keeps its certificates, and what it calls them (K8.4). */
export const DEFAULT_DIRECTORY = "/var/lib/kubelet/pki";
export const DEFAULT_PREFIX = "kubelet-client";
