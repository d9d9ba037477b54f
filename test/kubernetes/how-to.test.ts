import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { run } from "../support/command.ts";
import { installedKubectl } from "../support/kubernetes-programs.ts";
import { PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP, workspace } from "../support/openssl.ts";

const { skip } = installedKubectl();

/** The commands of https://kubernetes.io/docs/tasks/tls/certificate-issue-client-csr/, as they stand there. */
const STEPS = {
  key: "openssl genrsa -out myuser.key 3072",
  csr: 'openssl req -new -key myuser.key -out myuser.csr -subj "/CN=myuser"',
  create: `cat <<EOF | kubectl apply -f -
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: myuser # example
spec:
  # This is an encoded CSR. Change this to the base64-encoded contents of myuser.csr
  request: $(cat myuser.csr | base64 | tr -d "\\n")
  signerName: kubernetes.io/kube-apiserver-client
  expirationSeconds: 86400  # one day
  usages:
  - client auth
EOF`,
  list: "kubectl get csr",
  approve: "kubectl certificate approve myuser",
  yaml: "kubectl get csr/myuser -o yaml",
  export: "kubectl get csr myuser -o jsonpath='{.status.certificate}'| base64 -d > myuser.crt",
  credentials:
    "kubectl config set-credentials myuser --client-key=myuser.key --client-certificate=myuser.crt --embed-certs=true",
  context: "kubectl config set-context myuser --cluster=kubernetes --user=myuser",
  whoami: "kubectl --context myuser auth whoami",
} as const;

describe("Kubernetes' how-to for a user's certificate", { skip: skip || OPENSSL_SKIP }, () => {
  const files = workspace();
  let service: LocalService;
  let environment: Record<string, string>;

  before(async () => {
    const page = readFileSync(join(PROJECT, "docs/policy.md"), "utf8");
    const [, people = ""] = /^## People$[^]*?^```json\n([^]*?)^```$/m.exec(page) ?? [];
    const rules: unknown[] = [...DEFAULT_POLICY.rules, JSON.parse(people)];
    const config = files.write("config.json", JSON.stringify({ policy: { ...DEFAULT_POLICY, rules } }));
    service = await startLocalService({ arguments: ["--config", config], isUnlikeDefault: true });
    environment = { ...service.environment, HOME: files.path("."), KUBECONFIG: files.path("kubeconfig") };
    const made = await run(
      "node",
      [join(PROJECT, "bin/nodeseal.js"), "kubeconfig", "--file", files.path("kubeconfig")],
      {
        environment,
      },
    );
    assert.equal(made.status, 0, made.stderr);
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  const shell = async (command: string): Promise<string> => {
    const { status, stdout, stderr } = await run("sh", ["-c", `cd "${files.path(".")}" && ${command}`], {
      environment,
    });
    assert.equal(status, 0, `${command}\n${stderr}`);
    return stdout;
  };

  it("is followed word for word, with the rule of docs/policy.md", async () => {
    await shell(STEPS.key);
    await shell(STEPS.csr);
    assert.match(await shell(STEPS.create), /myuser created/);
    assert.match(await shell(STEPS.list), /^myuser .* Pending$/m);
    assert.match(await shell(STEPS.approve), /myuser approved/);
    assert.match(await shell(STEPS.yaml), /^ {2}certificate: \S+$/m);
    await shell(STEPS.export);
    assert.match(await shell("openssl x509 -noout -subject -in myuser.crt"), /CN ?= ?myuser/);
    await shell(STEPS.credentials);
    const cluster = await shell("kubectl config view -o jsonpath='{.clusters[0].name}'");
    await shell(STEPS.context.replace("kubernetes", cluster));
    assert.match(await shell(STEPS.whoami), /^Username +myuser$/m);
  });

  it("gives the next certificate for the same key, and one for another key by an override", async () => {
    const again = (name: string): string => STEPS.create.replace("name: myuser #", `name: ${name} #`);
    await shell(again("myuser-2"));
    await shell("kubectl certificate approve myuser-2");
    assert.match(await shell("kubectl get csr myuser-2"), /Approved,Issued/);
    await shell(`${STEPS.key} && ${STEPS.csr}`);
    await shell(again("myuser-3"));
    const { status, stderr } = await run("kubectl", ["certificate", "approve", "myuser-3"], { environment });
    assert.equal(status, 1);
    const [, told = ""] = /(kubectl annotate csr \S+ \S+=true)/.exec(stderr) ?? [];
    await shell(told);
    await shell("kubectl certificate approve myuser-3");
    assert.match(await shell("kubectl get csr myuser-3"), /Approved,Issued/);
  });
});
