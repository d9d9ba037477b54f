import { unreadable } from "../attribute.ts";

/**
 * What nearly every issuance repeats, and what is stored instead: it keeps a node's record within one write unit.
 * Stored items hold the codes: add lines, never change or drop one.
 */
const CODES = [
  ["kubernetes.io/kube-apiserver-client-kubelet", "~kubelet-client"],
  ["kubernetes.io/kubelet-serving", "~kubelet-serving"],
  ["kubernetes.io/kube-apiserver-client", "~apiserver-client"],
  ["digital signature", "~sign"],
  ["key encipherment", "~encipher"],
  ["client auth", "~client"],
  ["server auth", "~server"],
  ["system:authenticated", "~authenticated"],
  ["system:nodes", "~nodes"],
  ["system:bootstrappers", "~bootstrappers"],
  ["system:bootstrappers:kubeadm:default-node-token", "~kubeadm"],
  ["AutoApproved", "~auto"],
] as const;

const CODE_OF: ReadonlyMap<string, string> = new Map(CODES);
const TEXT_OF: ReadonlyMap<string, string> = new Map(CODES.map(([text, code]) => [code, text]));

export function encodeText(text: string): string {
  // Anything else that begins like a code is told apart by a second tilde.
  return CODE_OF.get(text) ?? (text.startsWith("~") ? `~${text}` : text);
}

export function decodeText(stored: string): string {
  if (!stored.startsWith("~")) return stored;
  return stored.startsWith("~~") ? stored.slice(1) : (TEXT_OF.get(stored) ?? unreadable(stored, "known code"));
}
