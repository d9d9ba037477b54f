import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { personBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const TYPE = "application/apply-patch+yaml";
const HEAD = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };

describe("server-side apply", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
    assert.equal((await apply("alice", personBody("alice"))).status, 201);
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const apply = (name: string, body: unknown, query = "?fieldManager=test&force=true") =>
    send(service, "PATCH", `${REQUESTS_PATH}/${name}${query}`, { as: service.administratorToken, body, type: TYPE });
  const read = async (name: string) =>
    (await send(service, "GET", `${REQUESTS_PATH}/${name}`, { as: service.administratorToken })).json;

  it("makes what is not there, once", async () => {
    const body = personBody("bob");
    const made = await apply("bob", body);
    assert.deepEqual([made.status, made.json["spec"]?.["username"]], [201, "arn:aws:iam::111122223333:user/ada"]);
    const again = await apply("bob", body);
    assert.deepEqual([again.status, again.json["metadata"]], [200, made.json["metadata"]]);
  });

  it("makes nothing in a dry run", async () => {
    assert.equal((await apply("carol", personBody("carol"), "?fieldManager=test&dryRun=All")).status, 201);
    assert.equal((await read("carol"))["code"], 404);
  });

  it("adds labels and annotations to what is there, and leaves the spec as it is", async () => {
    const { spec } = await read("alice");
    await apply("alice", { ...HEAD, metadata: { labels: { rack: "7", team: "red" } } });
    const body = { ...HEAD, metadata: { name: "alice", labels: { team: "blue" }, annotations: { note: "x" } } };
    const { status, json } = await apply("alice", { ...body, spec: { signerName: "example.com/other" } });
    assert.equal(status, 200);
    assert.deepEqual(json["metadata"]?.["labels"], { rack: "7", team: "blue" });
    assert.deepEqual(json["metadata"]["annotations"], { note: "x" });
    assert.deepEqual(json["spec"], spec);
  });

  const refused = [
    { why: "no manager", name: "alice", body: HEAD, query: "", code: 422, message: /fieldManager: Required value/ },
    { why: "no kind", name: "alice", body: {}, code: 400, message: /invalid object type/ },
    { why: "another's name", name: "alice", body: personBody("eve"), code: 400, message: /does not match the name on/ },
    {
      why: "owners of fields",
      name: "alice",
      body: { ...HEAD, metadata: { managedFields: [{ manager: "x" }] } },
      code: 400,
      message: /^metadata\.managedFields must be nil$/,
    },
    {
      why: "a field nobody knows",
      name: "alice",
      body: { ...HEAD, spec: { colour: "red" } },
      code: 400,
      message: /unknown field "spec\.colour"/,
    },
    {
      why: "a uid of something that is not there",
      name: "eve",
      body: { ...HEAD, metadata: { uid: "abc" } },
      code: 409,
      message: /uid mismatch: the provided object specified uid abc, and no existing object was found/,
    },
    { why: "half a request", name: "eve", body: HEAD, code: 422, message: /spec\.signerName: Required value/ },
    { why: "YAML", name: "eve", body: Buffer.from("kind: x\n"), code: 400, message: /not JSON/ },
    {
      why: "a version that was",
      name: "alice",
      body: { ...HEAD, metadata: { resourceVersion: "1" } },
      code: 409,
      message: /the object has been modified/,
    },
  ] as const;
  for (const { why, name, body, code, message, ...rest } of refused) {
    it(`is refused: ${why}`, async () => {
      const { status, json } = await apply(name, body, "query" in rest ? rest.query : undefined);
      assert.equal(status, code, textOf(json["message"]));
      assert.match(textOf(json["message"]), message);
      assert.equal((await read("eve"))["code"], 404);
    });
  }

  it("is administrators' alone, as every patch is", async () => {
    const as = await service.newToken();
    for (const type of [TYPE, "application/merge-patch+json"]) {
      const path = `${REQUESTS_PATH}/node-1${type === TYPE ? "?fieldManager=test" : ""}`;
      const { status, json } = await send(service, "PATCH", path, { as, body: personBody("node-1"), type });
      assert.equal(status, 403);
      assert.match(textOf(json["message"]), /cannot patch resource "certificatesigningrequests"/);
    }
  });
});
