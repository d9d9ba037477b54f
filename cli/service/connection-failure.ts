import { messageOf, OperatorError } from "../program/operator-error.ts";

const NETWORK_EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name does not resolve; is {address} right?",
  EAI_AGAIN: "the name does not resolve at the moment; is there a network?",
  ECONNREFUSED: "the connection was refused; is the service running, and {address} right?",
  ECONNRESET: "the connection was cut; try again",
  EPIPE: "the connection was cut; try again",
  ETIMEDOUT: "the connection timed out; is there a firewall or a proxy (HTTPS_PROXY) between?",
  EHOSTUNREACH: "the host is unreachable; is there a network?",
  ENETUNREACH: "the network is unreachable; is there a network?",
  ERR_PROXY_TUNNEL: "the proxy of HTTPS_PROXY does not let it through; NO_PROXY exempts a host",
  EPROTO: "it does not speak TLS; is {address} right?",
};

const UNKNOWN_CA =
  "its certificate is from no CA that this machine trusts; set NODESEAL_CA_FILE to the PEM file of the CA that authenticates it " +
  "(a local service: source <data-dir>/env)";

/** Explanations of the certificate errors of OpenSSL and Node.js. */
const DISTRUST_EXPLANATIONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired; check this machine's clock first",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check this machine's clock first",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name; is {address} right?",
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_CA,
  CERT_SIGNATURE_FAILURE: "a signature in its chain is wrong; NODESEAL_CA_FILE may be from another service",
};

/** A CA file is set, so another file would help. */
function unknownCaMessage(caFile: string): string {
  return (
    `its certificate is from no CA in NODESEAL_CA_FILE (${caFile}): the file may be another service's ` +
    "(a local service: source <data-dir>/env again)"
  );
}

export interface FailedConnection {
  readonly mayUseProxy: boolean;
  /** The setting that the host's name came from. */
  readonly addressSetting: string;
  /** The file with the only trusted CAs. Undefined for the public web PKI. */
  readonly caFile: string | undefined;
}

/** Turns an error of Node.js into an OperatorError that says what to do. */
export function connectionError(
  host: string,
  error: unknown,
  { mayUseProxy, addressSetting, caFile }: FailedConnection,
): OperatorError {
  if (error instanceof OperatorError) return error;
  const code = codeOf(error);
  const known = DISTRUST_EXPLANATIONS[code]?.replace("{address}", addressSetting);
  const distrust = known === UNKNOWN_CA && caFile !== undefined ? unknownCaMessage(caFile) : known;
  if (distrust !== undefined) return new OperatorError(`${host} is not trusted: ${distrust}`, { cause: error });
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const why =
    timedOut || code === "ABORT_ERR"
      ? "no answer in time; try again"
      : NETWORK_EXPLANATIONS[code]?.replace("{address}", addressSetting);
  const proxy = mayUseProxy ? " (HTTPS_PROXY is set: is the proxy right, or should NO_PROXY name this host?)" : "";
  return new OperatorError(`cannot reach ${host}: ${why ?? messageOf(error)}${proxy}`, { cause: error });
}

function codeOf(error: unknown): string {
  // A name with several addresses gives one error for each: the first is enough.
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = typeof one === "object" && one !== null && "code" in one ? one.code : undefined;
  return typeof code === "string" ? code : "";
}
