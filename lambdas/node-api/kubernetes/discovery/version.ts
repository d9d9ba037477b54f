/**
 * What `kubectl version` prints. The numbers are those of the API served here, for clients that adapt to the server's
 * version (K9.2). They are one below the newest client, which warns at a difference of two. The rest says that this is
 * not kube-apiserver.
 */
export function versionInfo(): unknown {
  return {
    major: "1",
    minor: "35",
    gitVersion: "v1.35.0+nodeseal",
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "none",
    compiler: "nodejs",
    platform: "linux/amd64",
  };
}
