import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { randomBootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";
const CLUSTER_INFO_PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

describe("cluster-info, for anybody to read", () => {
  let service: KubernetesService;
  let now = Math.floor(Date.now() / 1000) * 1000;
  let looks = 0;
  const pass = (seconds: number): void => void (now += seconds * 1000);
  before(async () => {
    service = await startKubernetesService({ clock: () => new Date(now) });
    const list = service.tokens.list.bind(service.tokens);
    service.tokens.list = (page) => {
      looks++;
      return list(page);
    };
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const read = async () => (await send(service, "GET", CLUSTER_INFO_PATH)).json["data"] ?? {};
  /** The key of its signature. */
  const newToken = async (data: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { id, secret } = randomBootstrapToken();
    const made = await send(service, "POST", SECRETS_PATH, {
      as: service.administratorToken,
      body: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
        type: "bootstrap.kubernetes.io/token",
        stringData: { "token-id": id, "token-secret": secret, "usage-bootstrap-signing": "true", ...data },
      },
    });
    assert.equal(made.status, 201, made.text);
    return `jws-kubeconfig-${id}`;
  };

  it("is signed by tokens while they are good, and told so within seconds", async () => {
    const before = await read();
    const key = await newToken();
    pass(5);
    const signed = await read();
    assert.match(textOf(signed[key]), /^[\w-]+\.\.[\w-]{43}$/);
    assert.equal(signed["kubeconfig"], before["kubeconfig"]);
    const path = `${SECRETS_PATH}/${key.replace("jws-kubeconfig", "bootstrap-token")}`;
    assert.equal((await send(service, "DELETE", path, { as: service.administratorToken })).status, 200);
    pass(5);
    assert.equal((await read())[key], undefined);
  });

  it("loses a signature at the instant its token expires", async () => {
    const key = await newToken({ expiration: new Date(now + 6000).toISOString() });
    pass(5);
    assert.ok((await read())[key]);
    pass(1);
    assert.equal((await read())[key], undefined);
  });

  it("asks for the tokens once in some seconds, however often strangers ask", async () => {
    pass(5);
    const before = looks;
    for (let request = 0; request < 20; request++) await read();
    assert.equal(looks - before, 1);
    pass(5);
    await read();
    assert.equal(looks - before, 2);
  });
});
