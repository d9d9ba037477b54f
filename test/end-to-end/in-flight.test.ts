import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

/** Long enough for another request to arrive while KMS thinks. */
const KMS_LATENCY_MS = 2000;

describe("a request in flight, over HTTPS", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;

  before(async () => {
    service = await startLocalService({ arguments: ["--kms-latency-ms", String(KMS_LATENCY_MS)] });
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  it("keeps its name from another key until it is done; then its own token may claim the name again, and the first is void", async () => {
    const token = await client.newToken({ maxUses: 3 });
    const first = nodeCsr("slow.example").csrPem;
    const second = nodeCsr("slow.example").csrPem;
    const inFlight = client.post("/v1/certificates", { csr: first }, token);
    await untilClaimed("slow.example");
    const busy = await client.post("/v1/certificates", { csr: second }, token);
    assert.deepEqual([busy.status, busy.json["code"]], [429, "request_in_progress"], busy.text);
    assert.match(busy.headers["retry-after"] ?? "", /^[1-9]\d?$/);
    assert.equal((await inFlight).status, 201);
    assert.equal(
      (await client.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`)).json["uses"],
      1,
      "the busy answer cost nothing",
    );

    // The mercy for a node that lost the answer, and its key with it: at the price of another use.
    const displacing = await client.post("/v1/certificates", { csr: second }, token);
    assert.equal(displacing.status, 201, displacing.text);
    const voided = await client.post("/v1/certificates", { csr: first }, token);
    assert.deepEqual([voided.status, voided.json["code"]], [409, "request_voided"]);
    assert.match(String(voided.json["detail"]), /make a new key/);
    assert.equal((await client.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`)).json["uses"], 2);
  });

  it("asks for a client certificate or a proof where it needs one, and says what is wrong with a proof", async () => {
    const { csrPem } = nodeCsr("nobody.example");
    const none = await client.post("/v1/certificates/renew", { csr: csrPem });
    assert.deepEqual([none.status, none.json["code"]], [401, "invalid_client_certificate"]);
    const proof = await client.post("/v1/certificates/renew", { csr: csrPem, proof: "a.b" });
    assert.deepEqual([proof.status, proof.json["code"]], [401, "invalid_proof"]);
    assert.match(String(proof.json["detail"]), /not a compact JWS/);
  });

  async function untilClaimed(name: string): Promise<void> {
    for (const deadline = Date.now() + KMS_LATENCY_MS; Date.now() < deadline;) {
      if ((await client.admin("GET", `/v1/admin/nodes/${name}`)).json["state"] === "Joining") return;
    }
    throw new Error(`${name} was never claimed`);
  }
});
