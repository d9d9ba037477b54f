import { resolve } from "node:path";
import { stringify } from "yaml";
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

export function encodeKubeconfig({ serverUrl, serverCaFile, currentPath }: KubeconfigOptions): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "default-cluster",
        cluster: {
          ...(serverCaFile === undefined ? {} : { "certificate-authority": resolve(serverCaFile) }),
          server: serverUrl,
        },
      },
    ],
    users: [{ name: "default-auth", user: { "client-certificate": currentPath, "client-key": currentPath } }],
    contexts: [
      { name: "default-context", context: { cluster: "default-cluster", user: "default-auth", namespace: "default" } },
    ],
    "current-context": "default-context",
    preferences: {},
  });
}
