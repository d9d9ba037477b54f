import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { authorityOperator } from "../support/deployed/authority-operator.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";

// Revocation lists are one more reason for the authority function to sign with issuing keys: here it is the CAs alone.
const service = await deployService(
  {
    authority: { hierarchy: "single", issuingGenerations: 2 },
    revocationLists: null,
    validators: { refreshSeconds: 0 },
  },
  { isKept: false },
);
after(() => service.close());

const { call, listed, states, asked } = authorityOperator(service);

describe("a deployment whose issuing CAs are their own roots", () => {
  it("makes one CA, pins it, and prepares the next one whose key it brought", async () => {
    const { Status, Reason, Data } = await provision(service, "Create");
    assert.equal(Status, "SUCCESS", Reason);
    assert.deepEqual(await states(), ["issuing-g1 active", "issuing-g2 prepared"]);
    assert.equal(Data?.["RootSpkiSha256"], (await listed()).items[0]?.spkiSha256);
    assert.equal(
      publishedBundles(service)
        .at(-1)
        ?.match(/BEGIN CERTIFICATE/g)?.length,
      2,
    );
  });

  it("issues certificates that lead to it, and nothing between", async () => {
    const created = await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} });
    const { token } = JSON.parse(created) as { readonly token: string };
    const body = { csr: nodeCsrPem("n1") };
    const answer = await call("node-api", { routeKey: "POST /v1/certificates", bearer: token, body });
    const { certificate } = JSON.parse(answer) as { readonly certificate: string };
    assert.equal(certificate.match(/BEGIN CERTIFICATE/g)?.length, 1);
    const leaf = new X509Certificate(certificate);
    const [first] =
      publishedBundles(service)
        .at(-1)
        ?.split(/(?<=END CERTIFICATE-----\n)/) ?? [];
    const ca = new X509Certificate(first ?? "");
    assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  });

  it("moves the fleet when it holds the next one, or the operator insists", async () => {
    assert.match(await asked("activate", "issuing-g2"), /^held: it is in trust bundle 2, .* n1 \(never said\)/);
    assert.equal(await asked("activate", "issuing-g2", { force: true }), "done: ");
    assert.match(await asked("retire", "issuing-g1"), /^held: n1 still uses certificate [0-9a-f]{32} of it/);
    assert.deepEqual(await states(), ["issuing-g1 retiring", "issuing-g2 active"]);
  });

  it("does not get a root by another configuration, whatever comes of the deployment", async () => {
    const { Status, Reason } = await provision(service, "Update", { ...service.plan, hierarchy: "own" });
    assert.equal(Status, "FAILED");
    assert.match(Reason ?? "", /^this cluster's issuing CA is its own root: authority.hierarchy must stay "single"/);
    assert.deepEqual(await states(), ["issuing-g1 retiring", "issuing-g2 active"]);
  });

  it("lets the authority function and node-api sign with each key, and no other", () => {
    const signers = ["issuing-g1", "issuing-g2"].map((id) =>
      ["node-api", "admin-api", "authority"].filter(
        (name) => whyDenied(service.policies, signingCall(service, name, id)) === undefined,
      ),
    );
    assert.deepEqual(signers, [
      ["node-api", "authority"],
      ["node-api", "authority"],
    ]);
  });

  it("allows the authority function every call it made, and nothing besides", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
    const unused = unusedPermissions(service.policies, service.calls());
    assert.deepEqual(
      unused.filter((permission) => permission.startsWith(service.roleArn("authority"))),
      [],
    );
  });
});
