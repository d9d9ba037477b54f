import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { encodeKubeconfig } from "../../agent/directory/kubeconfig.ts";

const PATHS = [
  "/var/lib/kubelet/pki/kubelet-client-current.pem",
  "/a b/c.pem",
  "/a: b #c/d.pem",
  "/a:",
  "/\"quoted\"/'single'/back\\slash",
  "/ünïcode/\u{1f511}",
  "/line\nend\ttab\u007f\u0085\u2028\ufeff",
  "/- [x] {y} & * ! | > % @ `",
];

describe("a kubeconfig", () => {
  for (const path of PATHS) {
    it(`names ${JSON.stringify(path)} as it is, to a reader of YAML`, () => {
      const options = { serverUrl: "https://api.example:6443", serverCaFile: path, currentPath: path };
      assert.deepEqual(parse(encodeKubeconfig(options)), {
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            name: "default-cluster",
            cluster: { "certificate-authority": path, server: "https://api.example:6443" },
          },
        ],
        users: [{ name: "default-auth", user: { "client-certificate": path, "client-key": path } }],
        contexts: [
          {
            name: "default-context",
            context: { cluster: "default-cluster", user: "default-auth", namespace: "default" },
          },
        ],
        "current-context": "default-context",
        preferences: {},
      });
    });
  }

  it("has the server alone where no CA is given", () => {
    const text = encodeKubeconfig({ serverUrl: "https://[::1]/a?b=c#d", serverCaFile: undefined, currentPath: "/x" });
    const { clusters } = parse(text) as { clusters: { cluster: object }[] };
    assert.deepEqual(clusters[0]?.cluster, { server: "https://[::1]/a?b=c#d" });
  });
});
