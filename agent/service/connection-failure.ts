import { messageOf } from "../program/agent-error.ts";
import { printable } from "../output/printable-text.ts";
import { errorCodeOf } from "../directory/file-system.ts";
import { ConnectionError } from "./service-error.ts";

const NETWORK_EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name does not resolve",
  EAI_AGAIN: "the name does not resolve at the moment",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ABORT_ERR: "no answer in time",
};

const UNKNOWN_CA =
  "its certificate is not from a CA this machine was told to trust (--ca-file, --ca-cert-hash or the public web PKI): " +
  "the address may be wrong, or the connection intercepted";

/** What OpenSSL and Node say of a certificate that is not accepted, in our words. */
const DISTRUST_EXPLANATIONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired, by this machine's clock: check the clock first",
  CERT_NOT_YET_VALID: "its certificate is not valid yet, by this machine's clock: check the clock first",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_CA,
  CERT_SIGNATURE_FAILURE: "a signature in its chain is wrong: the connection may be intercepted",
  INVALID_CA: "its chain holds a certificate that is no CA's",
};

/** An error of Node's as one of ours, with the question answered whether it may be gone the next time. */
export function connectionError(peer: string, error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = errorCodeOf(error) ?? "";
  const distrust = DISTRUST_EXPLANATIONS[code];
  if (distrust !== undefined) {
    return new ConnectionError(`${peer} is not trusted: ${distrust}`, { isRetryable: false, cause: error });
  }
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const why = timedOut ? "no answer in time" : (NETWORK_EXPLANATIONS[code] ?? printable(messageOf(error)));
  return new ConnectionError(`cannot reach ${peer}: ${why}`, { isRetryable: true, cause: error });
}
