import { resolve } from "node:path";
import type { LocalCredentials } from "./credentials.ts";
import { writePrivateFile } from "./private-file.ts";
import { quoted } from "./programs.ts";

export interface LocalEnvironment {
  readonly url: string;
  /** PEM of the CA that authenticates the HTTPS server. */
  readonly caFile: string;
  /** PEM of the CA that signs node certificates. */
  readonly trustBundleFile: string;
  readonly credentials: LocalCredentials;
  readonly region: string;
  /** Absolute: where `nodeseal` and `nodeseal-agent` are found by name. */
  readonly programDirectory: string;
}

/** Writes the file that a shell sources, so that both CLIs, `curl` and `kubectl` use the local service. */
export function writeEnvironmentFile(file: string, environment: LocalEnvironment): void {
  const { url, caFile, trustBundleFile, credentials, region, programDirectory } = environment;
  const lines = Object.entries({
    NODESEAL_URL: url,
    NODESEAL_CA_FILE: resolve(caFile),
    NODESEAL_TRUST_BUNDLE: resolve(trustBundleFile),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
  }).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  // A session token or profile left in the shell would be sent with the local key, or override it.
  const path = `PATH=${quoted(programDirectory)}:"$PATH"\n`;
  writePrivateFile(
    file,
    `${warning(credentials.accessKeyId)}${lines.join("")}${path}unset AWS_SESSION_TOKEN AWS_PROFILE\n`,
  );
}

/** Whoever works with AWS in this shell would wonder where the credentials went. */
function warning(accessKeyId: string): string {
  const ours = quoted(accessKeyId);
  return (
    `if [ "\${AWS_ACCESS_KEY_ID:-${accessKeyId}}" != ${ours} ] || [ -n "\${AWS_PROFILE:-}\${AWS_SESSION_TOKEN:-}" ]; then\n` +
    `  echo "nodeseal: the AWS credentials of this shell are replaced by those of the local service; for AWS, open another shell" >&2\n` +
    `fi\n`
  );
}
