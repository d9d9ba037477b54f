import type { BootstrapToken } from "./bootstrap-token.ts";
import { descriptionBits } from "./guessable-secret.ts";

/** What a token's list shows in place of its secret: nobody may have it for a secret. */
export const HIDDEN_SECRET = "x".repeat(16);

/**
 * A random secret has 82.7 bits. At most one in 13,000 of them can be described in these few (2^(69 - 82.7)): so seldom
 * does a generated one have to be generated again.
 */
const LEAST_BITS = 69;

/**
 * Why a secret that came from outside is none; undefined when it may be one. `cluster-info` is readable by everybody, so
 * whoever likes can try secrets against a signing token's signature at home (K1.6): 16 random characters withstand that,
 * what people type does not.
 */
export function faultOfChosenSecret({ secret }: BootstrapToken): string | undefined {
  if (descriptionBits(secret) > LEAST_BITS) return undefined;
  return "can be guessed: it is made of words, dates, keyboard paths or repetitions; have it generated (`kubeadm token generate`)";
}
