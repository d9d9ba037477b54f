import { encodeBootstrapToken, type BootstrapToken } from "../../../core/token/bootstrap-token.ts";

export interface JoinTarget {
  /** With the port, where it is not HTTPS' own. */
  readonly url: string;
  readonly nodeNames: readonly string[];
  /** `sha256:…`; empty where the service's TLS certificate is from the public web PKI. */
  readonly caCertHashes: readonly string[];
}

/**
 * What to paste on a node. The token comes by standard input: arguments are in the list of processes, for everybody to
 * see. A here-document is the one way that all POSIX shells know. The program is named as it is installed: a package
 * runner would fetch and run whatever has that name.
 */
export function joinCommand(target: JoinTarget, token: BootstrapToken): string {
  return [`nodeseal-agent ${joinArguments(target)} --token-file - <<END`, encodeBootstrapToken(token), "END"].join(
    "\n",
  );
}

/** The command's arguments, but for the token. One exact name is said. Otherwise the machine says its own. */
export function joinArguments({ url, nodeNames, caCertHashes }: JoinTarget): string {
  const [onlyName] = nodeNames;
  const isExact = nodeNames.length === 1 && onlyName?.includes("*") === false;
  return [
    "join",
    `--url ${shellWord(url)}`,
    `--node ${isExact ? shellWord(onlyName) : '"$(hostname)"'}`,
    ...caCertHashes.map((hash) => `--ca-cert-hash ${shellWord(hash)}`),
  ].join(" ");
}

/** One word for any POSIX shell, and for fish. */
export function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
