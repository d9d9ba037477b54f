import { resolve } from "node:path";
import type { LocalCredentials } from "./credentials.ts";
import { writePrivateFile } from "./private-file.ts";

export interface LocalEnvironment {
  readonly url: string;
  /** PEM of the CA that authenticates the HTTPS server. */
  readonly caFile: string;
  /** PEM of the CA that signs node certificates. */
  readonly trustBundleFile: string;
  readonly credentials: LocalCredentials;
  readonly region: string;
}

/** Writes the file that a shell sources, so that both CLIs, `curl` and `kubectl` use the local service. */
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
  // A session token or profile left in the shell would be sent with the local key, or override it.
  writePrivateFile(file, `${lines.join("")}unset AWS_SESSION_TOKEN AWS_PROFILE\n`);
}

/** For a POSIX shell: inside single quotes only the single quote is special. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
