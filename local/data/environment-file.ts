import { resolve } from "node:path";
import type { LocalCredentials } from "./credentials.ts";
import { writePrivateFile } from "./private-file.ts";

export interface LocalEnvironment {
  readonly url: string;
  /** PEM that authenticates the HTTPS server. */
  readonly caFile: string;
  /** PEM of the CA that signs nodes. */
  readonly trustBundleFile: string;
  readonly credentials: LocalCredentials;
  readonly region: string;
}

/** Writes what a shell sources to have either CLI, `curl` or `kubectl` talk to the local service. */
export function writeEnvironmentFile(file: string, environment: LocalEnvironment): void {
  const { url, caFile, trustBundleFile, credentials, region } = environment;
  const lines = Object.entries({
    NODESEAL_URL: url,
    NODESEAL_CA_FILE: resolve(caFile),
    NODESEAL_TRUST_BUNDLE: resolve(trustBundleFile),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
  }).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  // A session token or profile left in the shell would go with the local key, or before it.
  writePrivateFile(file, `${lines.join("")}unset AWS_SESSION_TOKEN AWS_PROFILE\n`);
}

/** For a POSIX shell: inside single quotes nothing is special but the single quote. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
