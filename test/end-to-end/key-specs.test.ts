import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { runHere } from "../support/run-here.ts";

// The bundles are built for the default key spec: test/infra/state-stack.test.ts has what another one changes in templates.
const SKIP = process.env["NODESEAL_TEST_FUNCTIONS"] === "bundles" && "the bundles have P-256 CAs";

const NODES = { signerName: "kubernetes.io/kube-apiserver-client-kubelet", keyTypes: ["Ed25519", "P-256"] };
const policy = {
  version: "1",
  rules: [
    { ...NODES, name: "first", group: "system:bootstrappers:kubeadm:default-node-token" },
    { ...NODES, name: "next", group: "system:nodes", ownNameOnly: true },
  ],
};

for (const { keySpec, keyType } of [
  { keySpec: "Ed25519", keyType: "Ed25519" },
  { keySpec: "ML-DSA-65", keyType: "P-256" },
]) {
  describe(`the local service with ${keySpec} CAs, and a node with a key of ${keyType}`, { skip: SKIP }, () => {
    const files = workspace();
    const directory = files.path("node");
    const config = files.write("nodeseal.json", JSON.stringify({ authority: { keySpec }, policy }));
    let service: LocalService | undefined;
    after(async () => {
      await service?.stop();
      files.remove();
    });
    const start = (port = 0) =>
      startLocalService({
        dataDirectory: files.path("data"),
        port,
        arguments: ["--config", config],
        isUnlikeDefault: true,
      });
    const program = async (name: string, ...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await runHere(name, args, {
        environment: service?.environment ?? {},
      });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const current = (): string => join(directory, "kubelet-client-current.pem");
    const leaf = (): X509Certificate => new X509Certificate(readFileSync(current()));

    it("joins, and says of the CAs what their keys are", async () => {
      service = await start();
      const authorities = JSON.parse(await program("nodeseal.js", "ca", "show", "-o", "json")) as {
        items: { keySpec: string }[];
      };
      assert.deepEqual(
        authorities.items.map((item) => item.keySpec),
        [keySpec, keySpec],
      );
      const token = (await program("nodeseal.js", "token", "create", "--max-uses", "1")).trim();
      const where = ["--url", service.url, "--node", "n1", "--dir", directory];
      await program(
        "nodeseal-agent.js",
        ...["join", ...where, "--key-type", keyType, "--token-file", files.write("token", token)],
      );
      assert.equal(leaf().publicKey.asymmetricKeyType, keyType === "P-256" ? "ec" : "ed25519");
    });

    it("renews by proof of possession, and starts again with the same CAs", async () => {
      const before = leaf();
      await program("nodeseal-agent.js", "renew", "--force", "--dir", directory);
      assert.notEqual(leaf().serialNumber, before.serialNumber);
      await service?.stop();
      service = await start(Number(new URL(service?.url ?? "").port));
      await program("nodeseal-agent.js", "renew", "--force", "--dir", directory);
      assert.equal(leaf().issuer, before.issuer);
    });

    it("is verified by openssl", { skip: OPENSSL_SKIP || (keySpec !== "Ed25519" && "see ml-dsa-opinions") }, () => {
      const bundle = service?.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
      const checked = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", bundle, "-untrusted", current()];
      assert.match(openssl([...checked, current()]).toString(), /: OK\n$/);
    });
  });
}
