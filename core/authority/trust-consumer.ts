import { trustedAuthorities, type Authority, type TrustBundle } from "./authority.ts";
import { isRoot } from "./path.ts";

/** Programs that verify certificates, each with what it must be given. docs/trust-files.md says why. */
export const TRUST_CONSUMERS = ["kube-apiserver", "nginx", "haproxy", "envoy", "aws-truststore", "roots"] as const;
export type TrustConsumer = (typeof TRUST_CONSUMERS)[number];

/**
 * The CAs of a consumer's file, issuing CAs first.
 *
 * One that reads no revocation lists gets issuing CAs alone: with the root in its file it would go on believing a retired
 * issuing CA, whose certificate a client can send along. A Go program takes an issuing CA as an anchor. Those that read
 * lists, or build chains up to a root (OpenSSL does unless told otherwise), get all: the root's list names what is retired.
 */
export function authoritiesFor(
  bundle: Pick<TrustBundle, "authorities">,
  consumer: TrustConsumer | undefined,
  { isWithoutRetiring = false }: { readonly isWithoutRetiring?: boolean } = {},
): readonly Authority[] {
  return trustedAuthorities(bundle)
    .filter(({ state }) => !(isWithoutRetiring && state === "retiring"))
    .filter((authority) => {
      if (consumer === "kube-apiserver") return authority.role === "issuing";
      return consumer === "roots" ? isRoot(authority) : true;
    });
}
