import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kubernetesProgram } from "../support/kubernetes-programs.ts";
import { startKubernetesService, type KubernetesService } from "../support/kubernetes-service.ts";
import { runProgram, type ProgramRun } from "../support/run-program.ts";
import { send } from "../support/kubernetes-client.ts";

const { path, skip } = kubernetesProgram("kubeadm");

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has kubeadm", { skip }, () => undefined);

describe("kubeadm", { skip }, () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const kubeadm = (...args: readonly string[]): Promise<ProgramRun> =>
    runProgram(path, args, { environment: { HOME: service.directory } });
  const administer = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await kubeadm(...args, "--kubeconfig", service.administratorKubeconfig);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const caHash = (): string => {
    const spki = new X509Certificate(readFileSync(service.caFile)).publicKey.export({ format: "der", type: "spki" });
    return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
  };

  it("makes a token that works, lists it without its secret, and deletes it", async () => {
    const token = (await administer("token", "create", "--ttl", "1h", "--description", "rack 7")).trim();
    const [id = "", secret = ""] = token.split(".");
    assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    assert.equal(
      (await send(service, "GET", "/apis/certificates.k8s.io/v1/certificatesigningrequests", { as: token })).status,
      200,
    );
    const list = await administer("token", "list");
    assert.match(
      list,
      new RegExp(
        `^${id}\\.x{16} +59m .* authentication,signing +rack 7 +system:bootstrappers:kubeadm:default-node-token`,
        "m",
      ),
    );
    assert.ok(!list.includes(secret));
    assert.match(await administer("token", "delete", id), new RegExp(`bootstrap token "${id}" deleted`));
    assert.equal((await send(service, "GET", "/apis", { as: token })).status, 401);
    // An id is given once. kubeadm tries again after every failure, for a minute unless told otherwise, and then says why.
    const configuration = [
      "apiVersion: kubeadm.k8s.io/v1beta4",
      "kind: InitConfiguration",
      `bootstrapTokens: [{ token: ${token} }]`,
      "timeouts: { kubernetesAPICall: 1s }",
    ];
    const file = join(service.directory, "kubeadm.yaml");
    writeFileSync(file, configuration.join("\n"));
    const as = ["--kubeconfig", service.administratorKubeconfig];
    const again = await kubeadm("token", "create", "--config", file, ...as);
    assert.notEqual(again.status, 0);
    assert.match(again.stderr, /the token of this id was deleted or has expired, and an id is never given again/);
  });

  it("discovers the service by token and CA pin", async () => {
    const token = (await administer("token", "create")).trim();
    const discovery = await discover(token, caHash());
    assert.match(discovery, /"kubeadm-config" ConfigMap/, discovery);
  });

  it("does not trust it with another pin", async () => {
    const token = (await administer("token", "create")).trim();
    assert.match(await discover(token, `sha256:${"0".repeat(64)}`), /none of the public keys .* are pinned/);
  });

  /** cluster-info shows a new token within seconds: kubeadm waits for it, but not in a dry run. */
  async function signedBy(token: string): Promise<void> {
    const key = `jws-kubeconfig-${token.slice(0, 6)}`;
    const path = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
    while ((await send(service, "GET", path)).json["data"]?.[key] === undefined) await sleep(100);
  }

  /** As far as discovery goes: what comes after it, only a control plane has. */
  async function discover(token: string, pin: string): Promise<string> {
    await signedBy(token);
    const { stdout, stderr } = await kubeadm(
      ...["join", new URL(service.url).host, "--token", token, "--discovery-token-ca-cert-hash", pin],
      ...["--ignore-preflight-errors=all", "--dry-run", "-v=1"],
    );
    return stdout + stderr;
  }
});
