import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { DEFAULT_TOKEN_GROUP, type BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { releaseNode, revokeNode } from "../../../../../core/revocation/revoke.ts";
import { subjectOf } from "../../../../support/certificate-requests.ts";
import { newKeyPair, type KeyPair } from "../../../../support/key-pairs.ts";
import {
  certificatePemIn,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
  type KubernetesAnswer,
} from "../../../../support/kubernetes-client.ts";
import {
  ADMINISTRATORS_GROUP,
  startKubernetesService,
  type KubernetesService,
} from "../../../../support/kubernetes-service.ts";

const MINUTE_MS = 60_000;
const NOT_SIGNED = "nodeseal.dev/not-signed";
const REPLACE = "nodeseal.dev/replace";

const session = (role: string, name: string) => `arn:aws:sts::111122223333:assumed-role/${role}/${name}`;
/** Bearer tokens, and whose they are: three sessions of one role, and somebody else. */
const ADMINISTRATORS: Readonly<Record<string, string>> = {
  "token-a": session("ClusterAdmin", "aws-sdk-js-1"),
  "token-b": session("ClusterAdmin", "aws-sdk-js-2"),
  "token-c": session("ClusterAdmin", "aws-sdk-js-session-3"),
  "token-bob": "arn:aws:iam::111122223333:user/bob",
};

describe("an approval at Kubernetes' API", () => {
  let service: KubernetesService;
  let now = new Date();
  before(async () => {
    service = await startKubernetesService({
      clock: () => now,
      options: {
        administrators: (token) => {
          const username = ADMINISTRATORS[token];
          const groups = [ADMINISTRATORS_GROUP, "system:authenticated"];
          return Promise.resolve(username === undefined ? undefined : { username, groups });
        },
      },
    });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const later = (minutes: number): void => void (now = new Date(now.getTime() + minutes * MINUTE_MS));

  const path = (name: string, subresource = ""): string => `${REQUESTS_PATH}/${name}${subresource}`;
  const create = (name: string, person: string, keyPair: KeyPair = newKeyPair("P-256"), as = "token-a") =>
    send(service, "POST", REQUESTS_PATH, {
      as,
      body: requestBody({
        name,
        keyPair,
        subject: subjectOf(["developers"], person),
        spec: { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
      }),
    });
  const get = (name: string, as: string | BootstrapToken = "token-a") => send(service, "GET", path(name), { as });
  /** As kubectl does. */
  const approve = async (name: string, as = "token-a"): Promise<KubernetesAnswer> => {
    const { json } = await get(name, as);
    const approved = { type: "Approved", status: "True", reason: "KubectlApprove", message: "This CSR was approved" };
    return send(service, "PUT", path(name, "/approval"), { as, body: { ...json, status: { conditions: [approved] } } });
  };
  const annotate = (
    name: string,
    annotations: Readonly<Record<string, string>>,
    as: string | BootstrapToken = "token-a",
  ) =>
    send(service, "PATCH", path(name), {
      as,
      type: "application/merge-patch+json",
      body: { metadata: { annotations } },
    });
  const annotation = ({ json }: KubernetesAnswer): string => textOf(json["metadata"]?.["annotations"]?.[NOT_SIGNED]);
  const issued = async (name: string, person: string, keyPair?: KeyPair): Promise<void> => {
    await create(name, person, keyPair);
    assert.equal((await approve(name)).status, 200);
    assert.notEqual(certificatePemIn(await get(name)), "");
  };

  it("is refused for a name that is held, with what to do; and with that done it is signed", async () => {
    await issued("jane", "jane.doe@example.com");
    for (const minutes of [1, 11]) {
      later(minutes);
      const name = `jane-${minutes}`;
      await create(name, "jane.doe@example.com");
      const refused = await approve(name);
      assert.equal(refused.status, 403, refused.text);
      assert.equal(refused.json["reason"], "Forbidden");
      assert.match(textOf(refused.json["message"]), /the name jane\.doe@example\.com is held by a live certificate/);
      assert.match(textOf(refused.json["message"]), new RegExp(`kubectl annotate csr ${name} ${REPLACE}=true`));
      assert.equal((await get(name)).json["status"]?.["conditions"], undefined, "it still waits");
    }
    assert.equal((await annotate("jane-11", { [REPLACE]: "true" })).status, 200);
    assert.equal((await approve("jane-11")).status, 200);
    const renewed = new X509Certificate(certificatePemIn(await get("jane-11")));
    assert.match(renewed.subject, /CN=jane\.doe@example\.com/);
  });

  it("needs no override for the very key that holds the name: a person's next certificate", async () => {
    const keyPair = newKeyPair("P-256");
    await issued("myuser", "myuser", keyPair);
    later(11);
    await issued("myuser-2", "myuser", keyPair);
    later(11);
    await issued("myuser-3", "myuser", keyPair);
  });

  it("that cannot be signed when its owner looks says why, and is signed at the look after the obstacle is gone", async () => {
    const token = await service.newToken({ groups: [] });
    const kubelet = (name: string, as: BootstrapToken) =>
      send(service, "POST", REQUESTS_PATH, { as, body: requestBody({ name, nodeName: "rack9-b" }) });
    await kubelet("late", token);
    assert.equal((await approve("late")).status, 200);
    const another = await service.newToken({ groups: [DEFAULT_TOKEN_GROUP] });
    assert.equal((await kubelet("quicker", another)).status, 201);
    const waiting = await get("late", token);
    assert.equal(certificatePemIn(waiting), "");
    assert.match(annotation(waiting), /the name rack9-b is held by a live node .* \(tried at \S+Z\)$/);
    const [condition, ...others] = waiting.json["status"]?.["conditions"] as unknown as { readonly type: string }[];
    assert.deepEqual([condition?.type, others], ["Approved", []], "Failed would end a kubelet's wait");
    const writes = (await service.ledger.read("late"))?.obstacle?.at;
    later(1);
    await get("late", token);
    assert.deepEqual((await service.ledger.read("late"))?.obstacle?.at, writes, "the same reason is not written again");
    // What a client reads and writes back does not become a note of its own.
    assert.equal((await annotate("late", { note: "hello", [NOT_SIGNED]: "mine" })).status, 200);
    assert.deepEqual(Object.keys((await service.ledger.read("late"))?.metadata?.annotations ?? {}), ["note"]);

    await releaseNode(service.services, "rack9-b", "ada");
    const signed = await get("late", token);
    assert.notEqual(certificatePemIn(signed), "");
    assert.equal(annotation(signed), "");
  });

  it("may be said again with the override it lacked", async () => {
    await create("early", "early@example.com");
    assert.equal((await approve("early")).status, 200);
    await issued("other", "early@example.com");
    later(11);
    assert.match(annotation(await get("early")), /is held by a live node/);
    assert.equal((await approve("early")).status, 200, "kubectl sends nothing new");
    await annotate("early", { [REPLACE]: "true" });
    assert.equal((await approve("early")).status, 200);
    assert.notEqual(certificatePemIn(await get("early")), "");
  });

  it("of one session's request by another session of the same role is finished by any administrator's look", async () => {
    await create("carol", "carol", undefined, "token-a");
    assert.equal((await approve("carol", "token-b")).status, 200);
    assert.notEqual(certificatePemIn(await get("carol", "token-c")), "");
    await create("dora", "dora", undefined, "token-a");
    assert.equal((await approve("dora", "token-bob")).status, 200);
    assert.notEqual(certificatePemIn(await get("dora", "token-bob")), "");
    const again = await create("dora", "dora", undefined, "token-b");
    assert.deepEqual([again.status, again.json["reason"]], [409, "AlreadyExists"]);
  });

  it("takes no override from whoever asks", async () => {
    const token = await service.newToken({ groups: [] });
    const body = requestBody({ name: "sly", nodeName: "sly", metadata: { annotations: { [REPLACE]: "true" } } });
    const refused = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(refused.status, 422);
    assert.match(textOf(refused.json["message"]), /nodeseal\.dev\/replace is for administrators to set/);
    assert.equal((await annotate("late", { [REPLACE]: "true" }, token)).status, 403);
  });

  it("is refused where nobody could fetch the certificate, or the name was revoked", async () => {
    const token = await service.newToken({ groups: [] });
    for (const [name, nodeName] of [
      ["gone", "gone"],
      ["bad", "bad-1"],
    ] as const)
      await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ name, nodeName }) });
    const holder = await service.newToken();
    await send(service, "POST", REQUESTS_PATH, { as: holder, body: requestBody({ name: "held", nodeName: "bad-1" }) });
    await revokeNode(service.services, "bad-1", "unspecified", "ada");
    const bad = await approve("bad");
    assert.equal(bad.status, 403);
    assert.match(
      textOf(bad.json["message"]),
      /the name bad-1 was revoked; release it first: nodeseal node release bad-1/,
    );
    await service.tokens.revoke(token.id, now);
    const refused = await approve("gone");
    assert.equal(refused.status, 403);
    assert.match(textOf(refused.json["message"]), /was revoked, so that nobody can fetch .*nodeseal token create/);
  });
});
