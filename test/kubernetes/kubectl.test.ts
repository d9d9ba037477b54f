import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { personBody, requestBody } from "../support/kubernetes-client.ts";
import { installedKubectl, kubernetesProgram, oldestKubectl, type Program } from "../support/kubernetes-programs.ts";
import { startKubernetesService, type KubernetesService } from "../support/kubernetes-service.ts";
import { runProgram, type ProgramRun } from "../support/run-program.ts";

/** The one on this machine, whatever its version, and the newest, which prefers protobuf and streaming lists. */
const CLIENTS: readonly (Program & { readonly title: string })[] = [
  { title: "kubectl of this machine", ...installedKubectl() },
  { title: "the oldest kubectl of this machine", ...oldestKubectl() },
  { title: "kubectl 1.36", ...kubernetesProgram("kubectl") },
];

for (const { title, path, skip } of CLIENTS) {
  // A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
  it(`has ${title}`, { skip }, () => undefined);

  describe(title, { skip }, () => {
    let service: KubernetesService;
    before(async () => {
      service = await startKubernetesService();
    });
    after(async () => {
      await service.close();
      assert.deepEqual(service.faults, []);
    });

    const run = (kubeconfig: string, args: readonly string[], input?: string): Promise<ProgramRun> =>
      runProgram(path, ["--cache-dir", join(service.directory, "cache"), ...args], {
        environment: { HOME: service.directory, KUBECONFIG: kubeconfig },
        ...(input === undefined ? {} : { input }),
      });
    const kubectl = async (...args: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await run(service.administratorKubeconfig, args);
      assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const minor = async (): Promise<number> => {
      const { clientVersion } = JSON.parse(await kubectl("version", "--client", "-o", "json")) as {
        clientVersion: { minor: string };
      };
      return Number.parseInt(clientVersion.minor, 10);
    };
    const replace = async (text: string): Promise<string> => {
      const { status, stdout, stderr } = await run(service.administratorKubeconfig, ["replace", "-f", "-"], text);
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const create = async (body: object, kubeconfig = service.administratorKubeconfig): Promise<void> => {
      const { status, stderr } = await run(kubeconfig, ["create", "-f", "-"], JSON.stringify(body));
      assert.equal(status, 0, stderr);
    };

    it("creates, lists, approves, waits for, reads and deletes a request", async () => {
      await create(personBody("alice"));
      assert.match(
        await kubectl("get", "csr"),
        /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\nalice .* Pending$/m,
      );
      assert.match(await kubectl("describe", "csr", "alice"), /Status: +Pending[^]*Common Name: +alice/);
      assert.match(await kubectl("certificate", "approve", "alice"), /alice approved/);
      assert.match(await kubectl("wait", "--for=condition=Approved", "csr/alice", "--timeout=5s"), /condition met/);
      assert.match(await kubectl("get", "csr", "alice"), /Approved,Issued/);
      const certificate = await kubectl("get", "csr", "alice", "-o", "jsonpath={.status.certificate}");
      assert.match(Buffer.from(certificate, "base64").toString(), /^-----BEGIN CERTIFICATE-----/);
      assert.match(await kubectl("delete", "csr", "alice"), /deleted/);
      const { status, stderr } = await run(service.administratorKubeconfig, ["get", "csr", "alice"]);
      assert.equal(status, 1);
      assert.match(stderr, /\(NotFound\): certificatesigningrequests\.certificates\.k8s\.io "alice" not found/);
    });

    it("denies, and is told that a decision stays", async () => {
      await create(personBody("bob"));
      assert.match(await kubectl("certificate", "deny", "bob"), /bob denied/);
      assert.match(await kubectl("get", "csr", "bob"), /Denied/);
      const { status, stderr } = await run(service.administratorKubeconfig, ["certificate", "approve", "bob"]);
      assert.equal(status, 1);
      assert.match(stderr, /already Denied/);
    });

    it("applies, labels, annotates and selects", async () => {
      const file = join(service.directory, "carol.json");
      writeFileSync(file, JSON.stringify(personBody("carol")));
      assert.match(await kubectl("apply", "-f", file), /created/);
      assert.match(await kubectl("apply", "-f", file), /unchanged/);
      await kubectl("label", "csr", "carol", "team=blue");
      await kubectl("annotate", "csr", "carol", "note=hello");
      assert.equal(
        await kubectl("get", "csr", "-l", "team=blue", "-o", "name"),
        "certificatesigningrequest.certificates.k8s.io/carol\n",
      );
      assert.equal(await kubectl("get", "csr", "-l", "team in (red)", "-o", "name"), "");
      const selector = "spec.signerName=kubernetes.io/kube-apiserver-client";
      assert.match(await kubectl("get", "csr", "--field-selector", selector, "--sort-by=.metadata.name"), /carol/);
    });

    it("applies on the server's side", async () => {
      const file = join(service.directory, "judy.json");
      writeFileSync(file, JSON.stringify({ ...personBody("judy"), metadata: { name: "judy", labels: { a: "b" } } }));
      for (let round = 0; round < 2; round++)
        assert.match(await kubectl("apply", "--server-side", "-f", file), /judy serverside-applied/);
      assert.equal(await kubectl("get", "csr", "judy", "-o", "jsonpath={.metadata.labels.a}"), "b");
    });

    it("shows what happens while it watches all, and one", async () => {
      const watching = kubectl("get", "csr", "--watch");
      await sleep(1000);
      await create(personBody("dave"));
      assert.match(await watching, /^dave .* Pending$/m);
      const one = kubectl("get", "csr", "dave", "--watch");
      await sleep(1000);
      await kubectl("certificate", "approve", "dave");
      assert.match(await one, /^dave .* Pending\ndave .* Approved,Issued$/m);
    });

    it("waits for what is not there yet, and for what goes", async () => {
      await create(personBody("erin"));
      const waiting = kubectl("wait", "--for=condition=Approved", "csr/erin", "--timeout=20s");
      await sleep(500);
      await kubectl("certificate", "approve", "erin");
      assert.match(await waiting, /condition met/);
      const going = kubectl("wait", "--for=delete", "csr/erin", "--timeout=20s");
      await sleep(500);
      await kubectl("delete", "csr", "erin", "--wait=false");
      await going;
    });

    it("shows a whole object, and puts it back", async () => {
      await create(personBody("frank"));
      const yaml = await kubectl("get", "csr", "frank", "-o", "yaml");
      assert.match(yaml, /^apiVersion: certificates\.k8s\.io\/v1$/m);
      assert.match(yaml, /^ {2}username: arn:aws:iam::111122223333:user\/ada$/m);
      const labelled = yaml.replace("  name: frank\n", "  name: frank\n  labels:\n    rack: seven\n");
      assert.match(await replace(labelled), /replaced/);
      assert.match(await kubectl("get", "csr", "frank", "--show-labels"), /rack=seven/);
      const stale = await run(service.administratorKubeconfig, ["replace", "-f", "-"], yaml);
      assert.equal(stale.status, 1);
      assert.match(stale.stderr, /the object has been modified; please apply your changes to the latest version/);
      for (const type of ["merge", "json", "strategic"]) {
        const path = "/metadata/labels/rack";
        const change =
          type === "json" ? [{ op: "replace", path, value: type }] : { metadata: { labels: { rack: type } } };
        await kubectl("patch", "csr", "frank", `--type=${type}`, "-p", JSON.stringify(change));
        assert.equal(await kubectl("get", "csr", "frank", "-o", "jsonpath={.metadata.labels.rack}"), type);
      }
    });

    it("decides on several, and deletes all", async () => {
      for (const name of ["grace", "heidi"]) await create(personBody(name));
      assert.match(await kubectl("certificate", "approve", "grace", "heidi"), /grace approved[^]*heidi approved/);
      await kubectl("delete", "csr", "--all");
      assert.equal(await kubectl("get", "csr", "-o", "name"), "");
    });

    it("is told of a field nobody knows before anything is made", async () => {
      const body = { ...personBody("ivan"), spec: { ...personBody("ivan").spec, colour: "red" } };
      const { status, stderr } = await run(
        service.administratorKubeconfig,
        ["create", "-f", "-"],
        JSON.stringify(body),
      );
      // Before 1.25 kubectl does not ask the server to be strict.
      if ((await minor()) < 25) return;
      assert.equal(status, 1);
      assert.match(stderr, /unknown field "spec\.colour"/);
    });

    it("makes, shows, amends and deletes a bootstrap token as a Secret", async () => {
      const [id, secret] = ["abc123", "7h4k29xq0mzv5c1b"];
      const stringData = { "token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true" };
      await create({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
        type: "bootstrap.kubernetes.io/token",
        stringData,
      });
      const inSystem = (...args: readonly string[]) => kubectl("--namespace=kube-system", ...args);
      assert.match(
        await inSystem("get", "secrets"),
        /^NAME +TYPE +DATA +AGE\nbootstrap-token-abc123 +bootstrap\.kube/m,
      );
      const name = `bootstrap-token-${id}`;
      await inSystem("patch", "secret", name, "-p", JSON.stringify({ stringData: { description: "rack 7" } }));
      const description = await inSystem("get", "secret", name, "-o", "jsonpath={.data.description}");
      assert.equal(Buffer.from(description, "base64").toString(), "rack 7");
      assert.match(await inSystem("describe", "secret", name), /token-secret: +16 bytes/);
      // Neither of these two may delete it.
      await inSystem("delete", "secret", name, "--dry-run=server");
      await inSystem("delete", "secrets", "--selector", "team=blue");
      assert.match(await kubectl("get", "secrets", "--all-namespaces"), /^kube-system +bootstrap-token-abc123/m);
      const going = inSystem("wait", "--for=delete", `secret/${name}`, "--timeout=20s");
      assert.match(await inSystem("delete", "secret", name, "--wait=false"), /deleted/);
      await going;
    });

    it("is nobody else, whatever it says", async () => {
      const { status, stderr } = await run(service.administratorKubeconfig, ["get", "csr", "--as=bob"]);
      assert.equal(status, 1);
      assert.match(stderr, /users "bob" is forbidden: User "arn.*" cannot impersonate resource "users"/);
    });

    it("says who one is, and what one may", async () => {
      // Before 1.28 it asks for beta versions of the review, which no new server has.
      if ((await minor()) >= 28)
        assert.match(await kubectl("auth", "whoami"), /arn:aws:iam::111122223333:user\/ada[^]*nodeseal:administrators/);
      assert.equal(await kubectl("auth", "can-i", "delete", "certificatesigningrequests.certificates.k8s.io"), "yes\n");
      const signer = "signers.certificates.k8s.io/kubernetes.io/kube-apiserver-client";
      assert.equal(await kubectl("auth", "can-i", "approve", signer), "yes\n");
      const rules = await kubectl("auth", "can-i", "--list", "--namespace=kube-system");
      assert.match(rules, /^secrets .*\[create delete get list patch update watch\]$/m);
      assert.match(rules, /^certificatesigningrequests\.certificates\.k8s\.io\/approval .*\[get patch update\]$/m);
    });

    it("knows the API: resources, versions, explanations", async () => {
      assert.match(await kubectl("api-resources"), /certificatesigningrequests +csr +certificates\.k8s\.io\/v1 +false/);
      // Before 1.27 it explains by Swagger, of which there is no more here than kubectl create needs.
      if ((await minor()) >= 27) assert.match(await kubectl("explain", "csr.spec.signerName"), /The signer, such as/);
      assert.match(await kubectl("version"), /Server Version: .*v1\.35/);
    });

    it("shows a bootstrap token its own requests, and forbids it the rest", async () => {
      const kubeconfig = service.bootstrapKubeconfig(await service.newToken());
      await create(requestBody({ name: "node-1", nodeName: "node-1" }), kubeconfig);
      const { stdout } = await run(kubeconfig, ["get", "csr", "-o", "name"]);
      assert.equal(stdout, "certificatesigningrequest.certificates.k8s.io/node-1\n");
      for (const args of [
        ["certificate", "approve", "node-1", "--force"],
        ["delete", "csr", "node-1"],
      ]) {
        const { status, stderr } = await run(kubeconfig, args);
        assert.equal(status, 1);
        assert.match(stderr, /is forbidden: User "system:bootstrap:\w{6}" cannot/);
      }
    });

    it("pages through more than one page", async () => {
      const kubeconfig = service.bootstrapKubeconfig(await service.newToken({ groups: ["system:bootstrappers:many"] }));
      for (let index = 0; index < 5; index++)
        await create(requestBody({ name: `many-${index}`, nodeName: `many-${index}` }), kubeconfig);
      const { stdout } = await run(kubeconfig, ["get", "csr", "--chunk-size=2", "-o", "name"]);
      assert.equal(stdout.trim().split("\n").length, 5);
    });
  });
}
