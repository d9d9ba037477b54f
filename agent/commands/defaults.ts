/** Where a kubelet keeps its certificates, and how it names them (K8.4). */
export const DEFAULT_DIRECTORY = "/var/lib/kubelet/pki";
export const DEFAULT_PREFIX = "kubelet-client";
