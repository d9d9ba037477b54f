import { resolve } from "node:path";
import { PRIVATE_MODE, replaceFileDurably } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";

export interface KubeconfigOptions {
  readonly serverUrl: string;
  /** PEM file that authenticates the API server. */
  readonly serverCaFile: string | undefined;
  /** `…-current.pem`: certificate and key in one file, whose name never changes. */
  readonly currentPath: string;
}

/** Writes the file with the names that the kubelet itself uses after bootstrapping (K7.6). */
export function writeKubeconfig(fileSystem: FileSystem, path: string, options: KubeconfigOptions): void {
  replaceFileDurably(fileSystem, resolve(path), encodeKubeconfig(options), PRIVATE_MODE);
}

/** Written out: a library for YAML is half of the agent's size. */
export function encodeKubeconfig({ serverUrl, serverCaFile, currentPath }: KubeconfigOptions): string {
  const pair = scalar(currentPath);
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    "  - name: default-cluster",
    "    cluster:",
    ...(serverCaFile === undefined ? [] : [`      certificate-authority: ${scalar(resolve(serverCaFile))}`]),
    `      server: ${scalar(serverUrl)}`,
    "users:",
    "  - name: default-auth",
    "    user:",
    `      client-certificate: ${pair}`,
    `      client-key: ${pair}`,
    "contexts:",
    "  - name: default-context",
    "    context:",
    "      cluster: default-cluster",
    "      user: default-auth",
    "      namespace: default",
    "current-context: default-context",
    "preferences: {}",
    "",
  ].join("\n");
}

/** Absolute paths and https addresses as they are; all else as JSON in ASCII, which is YAML (YAML 1.2 section 7.3.1). */
function scalar(text: string): string {
  if (/^(\/|https:)[\w./:-]*[\w./-]$/.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
