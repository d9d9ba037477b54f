import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { isSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { REQUESTS_PATH, send, textOf } from "../support/kubernetes-client.ts";
import { kubernetesProgram } from "../support/kubernetes-programs.ts";
import { startKubernetesService, type KubernetesService } from "../support/kubernetes-service.ts";
import { runProgram } from "../support/run-program.ts";

const bootstrap = kubernetesProgram("kubelet-bootstrap");
const rotation = kubernetesProgram("kubelet-rotation");

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has the kubelet's bootstrap", { skip: bootstrap.skip }, () => undefined);
it("has the kubelet's certificate manager", { skip: rotation.skip }, () => undefined);

/** What a kubelet without rotation does on its first start, by its own code. */
async function bootstrapNode(service: KubernetesService, token: BootstrapToken, nodeName: string) {
  const directory = join(service.directory, nodeName);
  mkdirSync(directory);
  const kubeconfig = join(directory, "kubeconfig");
  const run = await runProgram(bootstrap.path, [kubeconfig, service.bootstrapKubeconfig(token), directory, nodeName]);
  return { ...run, directory, kubeconfig };
}

function currentCertificate(directory: string): X509Certificate {
  return new X509Certificate(readFileSync(join(directory, "kubelet-client-current.pem")));
}

describe("a kubelet without rotation", { skip: bootstrap.skip }, () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  it("has its certificate after four requests, and waits for nothing", async () => {
    service.requests.length = 0;
    const startedAt = performance.now();
    const { status, stderr, directory, kubeconfig } = await bootstrapNode(
      service,
      await service.newToken(),
      "worker-1",
    );
    assert.equal(status, 0, stderr);
    assert.ok(performance.now() - startedAt < 3000, "a watch is held for four seconds here");
    assert.deepEqual(
      service.requests.map((request) => request.replace(/\?.*( \d+)$/, "$1")),
      [`GET /healthz 200`, `POST ${REQUESTS_PATH} 201`, `GET ${REQUESTS_PATH} 200`, `GET ${REQUESTS_PATH} 200`],
    );
    const certificate = currentCertificate(directory);
    assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:worker-1");
    assert.ok(certificate.verify(service.issuers.active().publicKey));
    assert.match(readlinkSync(join(directory, "kubelet-client-current.pem")), /kubelet-client-\d{4}-.*\.pem$/);
    assert.match(readFileSync(kubeconfig, "utf8"), /client-certificate: .*kubelet-client-current\.pem/);
  });

  it("waits until an administrator approves", async () => {
    const token = await service.newToken({ groups: ["system:bootstrappers:rack-7"] });
    const bootstrapping = bootstrapNode(service, token, "worker-2");
    await decideWaiting(service, token, "Approved");
    const { status, stderr, directory } = await bootstrapping;
    assert.equal(status, 0, stderr);
    assert.equal(currentCertificate(directory).subject, "O=system:nodes\nCN=system:node:worker-2");
  });

  it("ends with the administrator's words when it is denied", async () => {
    const token = await service.newToken({ groups: ["system:bootstrappers:rack-7"] });
    const bootstrapping = bootstrapNode(service, token, "worker-3");
    await decideWaiting(service, token, "Denied");
    const { status, stderr } = await bootstrapping;
    assert.equal(status, 1);
    assert.match(stderr, /certificate signing request is denied, reason: Test, message: not this one/);
  });

  it("ends with the reason when policy refuses it", async () => {
    const token = await service.newToken({ nodeNames: ["rack7-*"] });
    const { status, stderr } = await bootstrapNode(service, token, "worker-4");
    assert.equal(status, 1);
    assert.match(stderr, /the token is for rack7-\*, the CSR asks for \\?"worker-4\\?"/);
  });

  it("ends with 401 when its token is wrong", async () => {
    const { status, stderr } = await bootstrapNode(service, { id: "abcdef", secret: "0123456789abcdef" }, "worker-5");
    assert.equal(status, 1);
    assert.match(stderr, /Unauthorized/);
  });
});

describe("a kubelet with rotation", { skip: rotation.skip }, () => {
  it("bootstraps, and rotates a short-lived certificate with the certificate itself", async (t) => {
    // Nine minutes behind, a certificate of ten is due for rotation as soon as it is there.
    const clock = () => new Date(Date.now() - 540_000);
    const rules = DEFAULT_POLICY.rules.map((rule) => ({ ...rule, defaultLifetimeSeconds: 600 }));
    const service = await startKubernetesService({ clock, policy: { ...DEFAULT_POLICY, rules } });
    t.after(service.close);
    const directory = join(service.directory, "pki");
    mkdirSync(directory);
    const kubeconfig = service.bootstrapKubeconfig(await service.newToken());
    const { status, stdout, stderr } = await runProgram(rotation.path, [kubeconfig, directory, "worker-9", "3"], {
      timeoutMs: 90_000,
    });
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split("\n");
    assert.equal(lines.length, 3);
    for (const line of lines) assert.match(line, /CN=system:node:worker-9,O=system:nodes$/);
    const node = await service.nodes.read("worker-9");
    assert.equal(node?.candidate?.kind, "renewal");
    assert.equal(node.generation, 3);
    // Creation, list and streaming list for each: no certificate is waited for, and none is asked for twice.
    const creations = service.requests.filter((request) => request.startsWith("POST"));
    assert.deepEqual(
      creations.slice(0, 3).map((request) => request.replace(/.*\? /, "")),
      ["201", "201", "201"],
    );
    const untilLast = service.requests.slice(0, service.requests.lastIndexOf(creations[2] ?? ""));
    assert.ok(untilLast.length <= 2 * 4, untilLast.join("\n"));
    const superseded = await Promise.all(
      lines.map(async (line) => service.ledger.findBySerialNumber(serialNumberIn(line), EVER)),
    );
    assert.deepEqual(
      superseded.map((record) => [record?.nodeName, record?.signerName]),
      lines.map(() => ["worker-9", "kubernetes.io/kube-apiserver-client-kubelet"]),
    );
    assert.deepEqual(service.faults, []);
  });
});

const EVER = { expiresFrom: new Date(0), expiresUntil: new Date("2100-01-01") };

/** Go prints it in decimal. */
function serialNumberIn(line: string): SerialNumber {
  const digits = BigInt(line.split(" ", 1)[0] ?? "")
    .toString(16)
    .padStart(32, "0");
  assert.ok(isSerialNumber(digits));
  return digits;
}

async function decideWaiting(service: KubernetesService, token: BootstrapToken, type: "Approved" | "Denied") {
  for (;;) {
    const { json } = await send(service, "GET", REQUESTS_PATH, { as: token });
    const waiting = json["items"]?.["0"];
    if (waiting !== undefined) {
      const condition = { type, status: "True", reason: "Test", message: "not this one" };
      const path = `${REQUESTS_PATH}/${textOf(waiting["metadata"]?.["name"])}/approval`;
      const body = { ...waiting, status: { conditions: [condition] } };
      const answer = await send(service, "PUT", path, { as: service.administratorToken, body });
      assert.equal(answer.status, 200);
      return;
    }
    await sleep(50);
  }
}
