import type { BootstrapToken } from "./bootstrap-token.ts";

/** A random secret has fewer than this many different characters once in a hundred thousand. */
const LEAST_DIFFERENT = 7;

/** What a token's list shows in place of its secret: nobody may have it for a secret. */
export const HIDDEN_SECRET = "x".repeat(16);

/**
 * Why a secret that came from outside is none; undefined when it may be one. `cluster-info` is readable by everybody, so
 * whoever likes can try secrets against a signing token's signature at home (K1.6): 16 random characters withstand that,
 * what people type does not.
 */
export function faultOfChosenSecret({ secret }: BootstrapToken): string | undefined {
  if (new Set(secret).size < LEAST_DIFFERENT) return "repeats a few characters; let kubeadm generate it";
  const steps = Array.from(secret.slice(1), (character, index) => character.charCodeAt(0) - secret.charCodeAt(index));
  const commonest = Math.max(...[...new Set(steps)].map((step) => steps.filter((other) => other === step).length));
  return commonest > secret.length / 2 ? "is a sequence; let kubeadm generate it" : undefined;
}
