import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient, type Answer } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

const MANUAL = { groups: ["system:bootstrappers:manual"] };

describe("administration, over HTTPS", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;

  before(async () => {
    service = await startLocalService();
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  const items = ({ json }: Answer): readonly Record<string, unknown>[] => (isItems(json["items"]) ? json["items"] : []);

  it("lets a request wait for approval, and signs it when the node next asks", async () => {
    const token = await client.newToken({ ...MANUAL, maxUses: 1 });
    const { csrPem } = nodeCsr("manual-1.example");
    const waiting = await client.post("/v1/certificates", { csr: csrPem }, token);
    const { json: seen } = await client.admin("GET", `/v1/admin/requests/${String(waiting.json["name"])}`);
    assert.equal(seen["rule"], "node-bootstrapper");
    assert.equal((seen["token"] as { readonly tokenId: string }).tokenId, token.slice(0, 6));
    assert.equal(waiting.status, 202);
    const name = String(waiting.json["name"]);
    assert.deepEqual(waiting.json, { name, state: "Pending" });
    assert.equal(waiting.headers["location"], `/v1/certificates/${name}`);
    assert.match(waiting.headers["retry-after"] ?? "", /^\d+$/);
    assert.equal((await client.get(`/v1/certificates/${name}`, token)).status, 202);
    const pending = items(await client.admin("GET", "/v1/admin/requests?state=Pending"));
    assert.deepEqual(
      pending.map((request) => [request["name"], request["nodeName"]]),
      [[name, "manual-1.example"]],
    );

    const approved = await client.admin("POST", `/v1/admin/requests/${name}/approval`, {
      decision: "Approved",
      reason: "Checked",
      message: "seen in the rack",
    });
    assert.deepEqual([approved.status, approved.json["state"]], [200, "Approved"]);
    const issued = await client.get(`/v1/certificates/${name}`, token);
    assert.deepEqual([issued.status, issued.json["state"]], [200, "Issued"]);
    const retried = await client.post("/v1/certificates", { csr: csrPem }, token);
    assert.deepEqual([retried.status, retried.json["serialNumber"]], [200, issued.json["serialNumber"]]);
    assert.deepEqual(items(await client.admin("GET", "/v1/admin/requests?state=Pending")), []);
  });

  it("tells a denied node the reason, and never changes a decision", async () => {
    const token = await client.newToken(MANUAL);
    const { json } = await client.post("/v1/certificates", { csr: nodeCsr("manual-2.example").csrPem }, token);
    const path = `/v1/admin/requests/${String(json["name"])}/approval`;
    const denied = await client.admin("POST", path, { decision: "Denied", message: "not one of ours" });
    assert.equal(denied.status, 200);
    const told = await client.get(`/v1/certificates/${String(json["name"])}`, token);
    assert.deepEqual([told.status, told.json["code"], told.json["detail"]], [403, "request_denied", "not one of ours"]);
    assert.equal((await client.admin("POST", path, { decision: "Denied" })).status, 200, "saying it twice is no error");
    const changed = await client.admin("POST", path, { decision: "Approved" });
    assert.deepEqual([changed.status, changed.json["code"]], [409, "already_decided"]);
    const unknown = await client.admin("POST", `/v1/admin/requests/csr-${"x".repeat(43)}/approval`, {
      decision: "Approved",
    });
    assert.equal(unknown.status, 404);
  });

  it("shows a request to its own identity only", async () => {
    const token = await client.newToken(MANUAL);
    const { json } = await client.post("/v1/certificates", { csr: nodeCsr("manual-3.example").csrPem }, token);
    const other = await client.get(`/v1/certificates/${String(json["name"])}`, await client.newToken(MANUAL));
    assert.deepEqual([other.status, other.json["code"]], [404, "not_found"]);
  });

  it("simulates what the node API then does", async () => {
    const simulate = (body: object): Promise<Answer> => client.admin("POST", "/v1/admin/policy/simulation", body);
    const saidAndDone: readonly { members: Record<string, unknown>; decision: string; status: number }[] = [
      { members: {}, decision: "Issue", status: 201 },
      { members: MANUAL, decision: "Pending", status: 202 },
      { members: { nodeNames: ["other-*"] }, decision: "Deny", status: 403 },
    ];
    for (const { members, decision, status } of saidAndDone) {
      const token = await client.newToken(members);
      const { csrPem } = nodeCsr(`said-${status}.example`);
      const said = await simulate({ identity: { tokenId: token.slice(0, 6) }, csr: csrPem });
      assert.deepEqual([said.status, said.json["decision"]], [200, decision], said.text);
      const done = await client.post("/v1/certificates", { csr: csrPem }, token);
      assert.equal(done.status, status, done.text);
      if (decision !== "Deny") continue;
      const { code, rule, field } = done.json;
      assert.deepEqual([said.json["code"], said.json["rule"], said.json["field"]], [code, rule, field]);
    }
    const unsigned = await client.post("/v1/admin/policy/simulation", { identity: { groups: ["g"] }, nodeName: "n1" });
    assert.equal(unsigned.status, 403);
  });

  it("finds a certificate by serial number as any tool prints it, by node, and by expiry", async () => {
    const { json } = await client.post(
      "/v1/certificates",
      { csr: nodeCsr("found.example").csrPem },
      await client.newToken(),
    );
    const serialNumber = String(json["serialNumber"]);
    const colons = serialNumber.toUpperCase().replace(/..(?=.)/g, "$&:");
    for (const printed of [serialNumber, serialNumber.toUpperCase(), `0x${serialNumber}`, encodeURIComponent(colons)]) {
      const { status, json: certificate } = await client.admin("GET", `/v1/admin/certificates/${printed}`);
      assert.deepEqual(
        [status, certificate["nodeName"], certificate["state"]],
        [200, "found.example", "Issued"],
        printed,
      );
      assert.equal(certificate["certificate"], json["certificate"]);
    }
    const byNode = items(await client.admin("GET", "/v1/admin/certificates?node=found.example"));
    assert.deepEqual(
      byNode.map((row) => row["serialNumber"]),
      [serialNumber],
    );
    const soon = new Date(Date.now() + 8 * 24 * 3600_000).toISOString();
    const byExpiry = items(await client.admin("GET", `/v1/admin/certificates?expiresBefore=${soon}`));
    assert.ok(byExpiry.some((row) => row["serialNumber"] === serialNumber));
    const none = items(await client.admin("GET", `/v1/admin/certificates?expiresBefore=${new Date().toISOString()}`));
    assert.deepEqual(none, []);
  });

  it("pages through everything exactly once", async () => {
    const made = await client.admin("POST", "/v1/admin/tokens", { count: 7, description: "paged" });
    const ids = new Set(items(made).map((token) => token["tokenId"]));
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.admin(
        "GET",
        `/v1/admin/tokens?limit=3${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      assert.equal(page.status, 200, page.text);
      seen.push(...items(page).map((token) => token["tokenId"]));
      cursor = typeof page.json["cursor"] === "string" ? page.json["cursor"] : undefined;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.filter((id) => ids.has(id)).length, 7);
  });

  it("lets a released name be claimed with another key, and an unreleased one not", async () => {
    const token = await client.newToken();
    await client.post("/v1/certificates", { csr: nodeCsr("moved.example").csrPem }, await client.newToken());
    const next = nodeCsr("moved.example").csrPem;
    assert.equal((await client.post("/v1/certificates", { csr: next }, token)).json["code"], "node_name_taken");
    const released = await client.admin("POST", "/v1/admin/nodes/moved.example/release");
    assert.deepEqual([released.status, released.json["state"]], [200, "Released"]);
    assert.equal((await client.post("/v1/certificates", { csr: next }, token)).status, 201);
    assert.equal((await client.admin("GET", "/v1/admin/nodes/moved.example")).json["state"], "Active");
    const replacing = await client.newToken({ allowReplace: true });
    assert.equal(
      (await client.post("/v1/certificates", { csr: nodeCsr("moved.example").csrPem }, replacing)).status,
      201,
    );
  });

  it("stops a revoked certificate and a revoked node with the next request", async () => {
    const first = nodeCsr("revoked.example");
    const { json } = await client.post("/v1/certificates", { csr: first.csrPem }, await client.newToken());
    const holder = { certificate: String(json["certificate"]), key: first.keyPem };
    const renew = (): Promise<Answer> =>
      client.send("POST", "/v1/certificates/renew", {
        client: holder,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ csr: nodeCsr("revoked.example").csrPem }),
      });
    const revoked = await client.admin("POST", `/v1/admin/certificates/${String(json["serialNumber"])}/revocation`, {
      reason: "keyCompromise",
    });
    assert.deepEqual([revoked.status, revoked.json["state"]], [200, "Revoked"]);
    const refused = await renew();
    assert.deepEqual([refused.status, refused.json["code"]], [403, "certificate_revoked"], refused.text);

    const second = await client.post(
      "/v1/certificates",
      { csr: nodeCsr("revoked.example").csrPem },
      await client.newToken(),
    );
    assert.equal(second.status, 201, "a revoked certificate does not hold the name");
    await client.admin("POST", "/v1/admin/nodes/revoked.example/revocation", { reason: "cessationOfOperation" });
    const barred = await client.post(
      "/v1/certificates",
      { csr: nodeCsr("revoked.example").csrPem },
      await client.newToken({ allowReplace: true }),
    );
    assert.deepEqual([barred.status, barred.json["code"]], [403, "certificate_revoked"]);
  });

  it("renews by client certificate, and refuses the superseded one", async () => {
    const first = nodeCsr("renewed.example");
    const { json } = await client.post("/v1/certificates", { csr: first.csrPem }, await client.newToken());
    const renewWith = (holder: { certificate: string; key: string }, csr: string): Promise<Answer> =>
      client.send("POST", "/v1/certificates/renew", {
        client: holder,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ csr }),
      });
    const old = { certificate: String(json["certificate"]), key: first.keyPem };
    const next = nodeCsr("renewed.example");
    const renewed = await renewWith(old, next.csrPem);
    assert.equal(renewed.status, 201, renewed.text);
    assert.equal(
      (await renewWith(old, next.csrPem)).json["serialNumber"],
      renewed.json["serialNumber"],
      "a retry gets the same certificate",
    );
    const current = { certificate: String(renewed.json["certificate"]), key: next.keyPem };
    const confirmed = await client.send("POST", `/v1/certificates/${String(renewed.json["name"])}/confirmation`, {
      client: current,
    });
    assert.equal(confirmed.status, 204);
    const copy = await renewWith(old, nodeCsr("renewed.example").csrPem);
    assert.deepEqual([copy.status, copy.json["code"]], [403, "certificate_superseded"]);
    const later = await client.send("POST", "/v1/certificates/renew", {
      client: current,
      headers: { "content-type": "application/json", "user-agent": "nodeseal-agent/9.8.7 (linux/x64)" },
      body: JSON.stringify({ csr: nodeCsr("renewed.example").csrPem, trustBundleSequence: 1 }),
    });
    assert.equal(later.status, 201, later.text);
    const { json: node } = await client.admin("GET", "/v1/admin/nodes/renewed.example");
    assert.deepEqual([node["agentVersion"], node["trustBundleSequence"], node["generation"]], ["9.8.7", 1, 3]);
    const foreign = await renewWith(current, nodeCsr("another.example").csrPem);
    assert.deepEqual([foreign.status, foreign.json["code"]], [403, "denied_by_policy"]);
  });

  it("refuses malformed token requests with the member's name", async () => {
    const rows = [
      { body: { ttlSeconds: -1 }, field: "ttlSeconds" },
      { body: { ttlSeconds: 1.5 }, field: "ttlSeconds" },
      { body: { ttlSeconds: 60, expiration: "2099-01-01T00:00:00Z" }, field: "expiration" },
      { body: { expiration: "2001-01-01T00:00:00Z" }, field: "expiration" },
      { body: { expiration: "tomorrow" }, field: "expiration" },
      { body: { maxUses: 0 }, field: "maxUses" },
      { body: { maxUses: 1001 }, field: "maxUses" },
      { body: { groups: ["system:masters"] }, field: "groups" },
      { body: { nodeNames: ["UPPER"] }, field: "nodeNames" },
      { body: { sourceCidrs: ["10.0.0.1/8"] }, field: "sourceCidrs" },
      { body: { usages: ["flying"] }, field: "usages[0]" },
      { body: { count: 101 }, field: "count" },
      { body: { token: "abcdef.0123456789abcdef" }, field: undefined },
    ];
    for (const { body, field } of rows) {
      const { status, json, text } = await client.admin("POST", "/v1/admin/tokens", body);
      assert.deepEqual([status, json["code"], json["field"]], [400, "malformed_request", field], text);
    }
  });
});

function isItems(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null);
}
