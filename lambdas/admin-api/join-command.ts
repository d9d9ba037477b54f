import { encodeBootstrapToken, type BootstrapToken } from "../../core/token/bootstrap-token.ts";

export interface JoinTarget {
  readonly url: string;
  readonly token: BootstrapToken;
  readonly nodeNames: readonly string[];
  /** `sha256:…`; empty where the service's TLS certificate is from the public web PKI. */
  readonly caCertHashes: readonly string[];
}

/** The line to paste on a node. A token for one exact name says it; for others the machine's own name is taken. */
export function joinCommand({ url, token, nodeNames, caCertHashes }: JoinTarget): string {
  const [onlyName] = nodeNames;
  const isExact = nodeNames.length === 1 && onlyName?.includes("*") === false;
  return [
    "npx nodeseal-agent join",
    `--url ${url}`,
    `--token ${encodeBootstrapToken(token)}`,
    `--node ${isExact ? onlyName : '"$(hostname)"'}`,
    ...caCertHashes.map((hash) => `--ca-cert-hash ${hash}`),
  ].join(" ");
}
