import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { encodePem } from "../../core/asn1/pem.ts";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { answerOf } from "../support/deployed/api-answer.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import type { EventPlan } from "../support/deployed/http-event.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions } from "../support/iam/deployed-policies.ts";
import { OPENSSL_SKIP, tryOpenssl, workspace } from "../support/openssl.ts";
import { serialNumbersIn } from "../support/revocation-bench.ts";

const URL_OF_LISTS = "http://crl.example.com/pki";
const lists = { revocationLists: { shards: 16, lifetimeHours: 2, url: URL_OF_LISTS } };

const given = OPENSSL_SKIP === false ? await deployService(lists, { isKept: false }) : undefined;

describe("a deployment with sharded revocation lists", { skip: OPENSSL_SKIP }, () => {
  if (given === undefined) return;
  const service = given;
  const files = workspace();
  after(async () => {
    await service.close();
    files.remove();
  });

  async function call(functionName: "node-api" | "admin-api", plan: EventPlan) {
    const answer = await answerOf(service, functionName, plan);
    assert.ok(answer.status < 300, `${plan.routeKey}: ${answer.text}`);
    return answer;
  }

  async function enrolled(nodeName: string) {
    const { text } = await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} });
    const { token } = JSON.parse(text) as { readonly token: string };
    const plan = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: nodeCsrPem(nodeName) } };
    return JSON.parse((await call("node-api", plan)).text) as {
      readonly certificate: string;
      readonly serialNumber: string;
    };
  }

  const listOf = async (authorityId: string, shard?: string) =>
    call("node-api", {
      routeKey: `GET /v1/crl/{authorityId}${shard === undefined ? "" : "/{shard}"}`,
      path: { authorityId, ...(shard === undefined ? {} : { shard }) },
    });

  it("names its shard in each certificate, and refuses by it what was revoked", async () => {
    const { Status, Reason } = await provision(service, "Create");
    assert.equal(Status, "SUCCESS", Reason);
    const [revoked, good] = [await enrolled("n1"), await enrolled("n2")];
    const path = { serialNumber: revoked.serialNumber };
    const routeKey = "POST /v1/admin/certificates/{serialNumber}/revocation";
    await call("admin-api", { routeKey, path, body: { reason: "keyCompromise" } });
    await service.functions.authority.invoke(service.scheduledReconciliation);

    const bundle = files.write("bundle.pem", publishedBundles(service).at(-1) ?? "");
    for (const [{ certificate, serialNumber }, expected] of [
      [revoked, /certificate revoked/],
      [good, /leaf\.pem: OK/],
    ] as const) {
      const shard = serialNumber.slice(0, 1);
      const named = new X509Certificate(certificate).raw.toString("latin1");
      assert.ok(named.includes(`${URL_OF_LISTS}/v1/crl/issuing-g1/${shard}`));
      for (const answer of [await listOf("issuing-g1", shard), await listOf("issuing-g1")]) {
        assert.equal(answer.headers["content-type"], "application/pkix-crl");
        assert.match(answer.headers["cache-control"] ?? "", /^public, max-age=300$/);
        const crl = files.write("crl.pem", encodePem("X509 CRL", Buffer.from(answer.text, "base64")));
        const args = ["verify", "-crl_check", "-CRLfile", crl, "-CAfile", bundle, files.write("leaf.pem", certificate)];
        assert.match(tryOpenssl(args).output, expected);
      }
    }
    assert.deepEqual(serialNumbersIn(Buffer.from((await listOf("root-g1")).text, "base64")), []);
  });

  it("allows every call that was made, and the authority function no signature and no index in vain", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
    const unused = unusedPermissions(service.policies, service.calls());
    assert.deepEqual(
      unused.filter((one) => one.startsWith(`${service.roleArn("authority")} `) && /kms:Sign|\/index\//.test(one)),
      [],
    );
  });
});
