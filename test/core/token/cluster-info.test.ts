import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterInfoKubeconfig, detachedJws, signClusterInfo } from "../../../core/token/cluster-info.ts";

describe("cluster-info", () => {
  it("is signed to the character as Kubernetes' own bootstrap signer does", () => {
    const token = { id: "abcdef", secret: "0123456789abcdef" };
    assert.equal(
      detachedJws(token.id, signClusterInfo("hello\n", token)),
      "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..jGfh3cAKffhbjQqP1x03VRxdhcDip6Xp1PFxbB0P9vg",
    );
  });

  it("is the same text every time", () => {
    const text = clusterInfoKubeconfig("https://a.example", "pem");
    assert.equal(text, clusterInfoKubeconfig("https://a.example", "pem"));
    assert.match(text, /^ {2}name: ""$/m);
    assert.ok(!text.includes("user:"));
  });
});
