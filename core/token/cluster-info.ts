import { createHash, createHmac } from "node:crypto";
import type { BootstrapToken } from "./bootstrap-token.ts";

/**
 * `kube-public/cluster-info`: how `kubeadm join` comes to trust a service it knows by a token only (K2). The signature needs
 * the token's secret, of which nothing but a hash is kept: it is made when the token is made, and stored beside it.
 */
export interface ClusterInfoSignature {
  /** Which kubeconfig was signed: the signature is shown as long as it is still that one. */
  readonly kubeconfigSha256: string;
  /** The third part of a compact JWS. */
  readonly signature: string;
}

/**
 * A kubeconfig with one cluster of the empty name and no user, as kubeadm writes it. The same octets for the same
 * arguments, for ever: a reader compares two readings of it, and every signature is over these octets.
 */
export function clusterInfoKubeconfig(server: string, caPem: string): string {
  return [
    "apiVersion: v1",
    "clusters:",
    "- cluster:",
    `    certificate-authority-data: ${Buffer.from(caPem).toString("base64")}`,
    `    server: ${server}`,
    '  name: ""',
    "contexts: null",
    'current-context: ""',
    "kind: Config",
    "preferences: {}",
    "users: null",
    "",
  ].join("\n");
}

export function kubeconfigDigest(kubeconfig: string): string {
  return createHash("sha256").update(kubeconfig).digest("base64url");
}

export function signClusterInfo(kubeconfig: string, token: BootstrapToken): ClusterInfoSignature {
  const signedText = `${headerOf(token.id)}.${Buffer.from(kubeconfig).toString("base64url")}`;
  return {
    kubeconfigSha256: kubeconfigDigest(kubeconfig),
    signature: createHmac("sha256", token.secret).update(signedText).digest("base64url"),
  };
}

/** A JWS without its payload. A reader makes it anew and compares the texts, so not a character may differ (K2.2). */
export function detachedJws(tokenId: string, { signature }: ClusterInfoSignature): string {
  return `${headerOf(tokenId)}..${signature}`;
}

function headerOf(tokenId: string): string {
  return Buffer.from(`{"alg":"HS256","kid":${JSON.stringify(tokenId)}}`).toString("base64url");
}
