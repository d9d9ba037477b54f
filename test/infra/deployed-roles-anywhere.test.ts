import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate, type KeyObject } from "node:crypto";
import { after, describe, it } from "node:test";
import { buildCsr, subjectOf } from "../support/certificate-requests.ts";
import { authorityOperator } from "../support/deployed/authority-operator.ts";
import { deployService, REGION } from "../support/deployed/deployed-service.ts";
import { provision } from "../support/deployed/provisioning.ts";
import { PROFILE_ARN, roleIn, TRUST_ANCHOR_ARN } from "../support/deployed/roles-anywhere.ts";
import { openAssembly } from "../support/deployed/assembly.ts";
import { deniedCalls, unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import { askForSession, type SessionRequest, type Turned } from "../support/roles-anywhere/x509-signed-request.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { newKeyPair } from "../support/key-pairs.ts";

const BOOTSTRAP = "system:bootstrappers:edge";
const rule = { signerName: "nodeseal.dev/client", names: ["edge-*", "other-*"] };
const DOCUMENT = {
  authority: { issuingGenerations: 3 },
  validators: { refreshSeconds: 0 },
  policy: { version: "1", rules: [{ ...rule, name: "edge", group: BOOTSTRAP }] },
  rolesAnywhere: { names: ["edge-*"], sessionSeconds: 900, eksClusterNames: ["prod"] },
};

const service = await deployService(DOCUMENT, { isKept: false });
after(() => service.close());
const { call, asked, states } = authorityOperator(service);
const anywhere = service.rolesAnywhere ?? assert.fail("the template has no trust anchor");
const { roleArn } = roleIn(openAssembly({ accountId: "111122223333", region: REGION }, DOCUMENT).template);
const reconcile = () => service.functions.authority.invoke(service.scheduledReconciliation);

interface Machine {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
  readonly serialNumber: string;
}

async function machine(commonName: string): Promise<Machine> {
  const { token } = JSON.parse(
    await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: { groups: [BOOTSTRAP] } }),
  ) as { readonly token: string };
  const keyPair = newKeyPair("P-256");
  const csr = encodePem("CERTIFICATE REQUEST", buildCsr({ keyPair, subject: subjectOf([], commonName) }));
  const text = await call("node-api", {
    routeKey: "POST /v1/certificates",
    bearer: token,
    body: { csr, signerName: "nodeseal.dev/client" },
  });
  const { certificate, serialNumber } = JSON.parse(text) as { certificate: string; serialNumber: string };
  return { certificatePem: certificate, privateKey: keyPair.privateKey, serialNumber };
}

const session = (one: Machine, changes: Partial<SessionRequest> = {}, turned: Turned = {}) =>
  askForSession(
    anywhere.url,
    {
      certificatePem: one.certificatePem,
      privateKey: one.privateKey,
      trustAnchorArn: TRUST_ANCHOR_ARN,
      profileArn: PROFILE_ARN,
      roleArn,
      roleSessionName: /CN=(.*)/.exec(new X509Certificate(one.certificatePem).subject)?.[1] ?? "",
      region: REGION,
      at: new Date(),
      ...changes,
    },
    turned,
  );

const anchored = () => anywhere.anchor.certificates.map(({ subject }) => /CN=(.*)/.exec(subject)?.[1]);
const lists = () => anywhere.anchor.own().map(({ name }) => name);

describe("a deployment with IAM Roles Anywhere", () => {
  it("trusts nobody before the authority function has seen it, and its issuing CAs after the deployment", async () => {
    assert.deepEqual(anchored(), ["trusts nobody yet"]);
    const { Status, Reason } = await provision(service, "Create");
    assert.equal(Status, "SUCCESS", Reason);
    assert.deepEqual(anchored(), ["nodeseal issuing G1", "nodeseal issuing G2"]);
    await reconcile();
    await reconcile();
    assert.deepEqual(lists().sort(), ["nodeseal-issuing-g1", "nodeseal-issuing-g2"]);
  });

  it("writes nothing where all is in place", async () => {
    anywhere.calls.length = 0;
    await reconcile();
    assert.deepEqual([...new Set(anywhere.calls)], ["GET /trustanchor", "GET /crls"]);
  });

  it("gives a session to a machine of the named common names, and to no other", async () => {
    const [edge, other] = [await machine("edge-1"), await machine("other-1")];
    assert.deepEqual(await session(edge), { status: 201, message: "" });
    assert.equal(anywhere.sessions.at(-1)?.commonName, "edge-1");
    assert.match((await session(other)).message, /trust policy does not allow sts:AssumeRole/);
    assert.match((await session(edge, { roleSessionName: "edge-2" })).message, /does not allow sts:AssumeRole/);
  });

  it("refuses a machine after its revocation, from the next reconciliation on", async () => {
    const [gone, stays] = [await machine("edge-gone"), await machine("edge-stays")];
    assert.equal((await session(gone)).status, 201);
    const routeKey = "POST /v1/admin/certificates/{serialNumber}/revocation";
    await call("admin-api", { routeKey, path: { serialNumber: gone.serialNumber }, body: { reason: "keyCompromise" } });
    await reconcile();
    assert.deepEqual(await session(gone), { status: 403, message: "Certificate revoked" });
    assert.equal((await session(stays)).status, 201);
  });

  it("waits where Roles Anywhere throttles", async () => {
    const gone = await machine("edge-late");
    const routeKey = "POST /v1/admin/certificates/{serialNumber}/revocation";
    await call("admin-api", { routeKey, path: { serialNumber: gone.serialNumber }, body: { reason: "superseded" } });
    anywhere.throttled = 2;
    await reconcile();
    assert.equal((await session(gone)).message, "Certificate revoked");
  });

  it("imports nothing while Roles Anywhere is down, tells so, and catches up", async () => {
    const gone = await machine("edge-later");
    const routeKey = "POST /v1/admin/certificates/{serialNumber}/revocation";
    await call("admin-api", { routeKey, path: { serialNumber: gone.serialNumber }, body: { reason: "superseded" } });
    anywhere.isDown = true;
    await assert.rejects(reconcile(), /IAM Roles Anywhere lacks \d of what it should have/);
    const path = { authorityId: "issuing-g1" };
    const list = await call("node-api", { routeKey: "GET /v1/crl/{authorityId}", path });
    assert.ok(Buffer.from(list, "base64").toString("hex").includes(gone.serialNumber), "the list itself is published");
    assert.equal((await session(gone)).status, 201, "what Roles Anywhere does not know it cannot refuse");
    anywhere.isDown = false;
    await reconcile();
    assert.equal((await session(gone)).message, "Certificate revoked");
  });

  it("follows a new issuing CA, without a machine that is refused", async () => {
    const old = await machine("edge-old");
    assert.equal(await asked("activate", "issuing-g2"), "done: ");
    assert.deepEqual(anchored().sort(), ["nodeseal issuing G1", "nodeseal issuing G2"]);
    assert.equal((await session(old)).status, 201);
    assert.equal(await asked("retire", "issuing-g1", { force: true }), "done: ");
    assert.equal((await session(old)).message, "Untrusted certificate");
    await reconcile();
    assert.deepEqual(anchored(), ["nodeseal issuing G2", "nodeseal issuing G3"]);
    // The place of a list that nobody needs is taken: two are all that an anchor may have.
    assert.deepEqual(lists().sort(), ["nodeseal-issuing-g2", "nodeseal-issuing-g3"]);
    assert.ok((await states()).includes("issuing-g1 retired"));
  });

  it("puts right what somebody else has changed", async () => {
    anywhere.anchor.replace(anywhere.anchor.pem.split(/(?<=END CERTIFICATE-----\n)/)[1] ?? "");
    await reconcile();
    assert.deepEqual(anchored().sort(), ["nodeseal issuing G2", "nodeseal issuing G3"]);
  });

  it("refuses whom it does not know: strangers' certificates, kubelets, other anchors, expired requests", async () => {
    const edge = await machine("edge-9");
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    assert.match((await session({ ...edge, privateKey: stranger })).message, /signature does not match/);
    const foreign = TRUST_ANCHOR_ARN.replace("111122223333", "444455556666");
    assert.match((await session(edge, { trustAnchorArn: foreign })).message, /Unable to find trust anchor/);
    assert.match((await session(edge, { at: new Date(Date.now() - 3_600_000) })).message, /has expired/);
  });

  it("lets the authority function do what it does, and nothing besides", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
    const unused = unusedPermissions(service.policies, service.calls());
    assert.deepEqual(
      unused.filter((one) => one.includes(" rolesanywhere:")),
      [],
    );
  });

  for (const functionName of ["node-api", "admin-api", "events", "authority"]) {
    it(`lets ${functionName} change no other trust anchor, and no list of somebody else's`, () => {
      const principalArn = service.roleArn(functionName);
      const resource = TRUST_ANCHOR_ARN.replace(/[^/]+$/, "99999999-2222-4333-8444-555555555555");
      const list = TRUST_ANCHOR_ARN.replace(/trust-anchor.*/, "crl/1");
      for (const [action, where, context] of [
        ["rolesanywhere:UpdateTrustAnchor", resource, {}],
        ["rolesanywhere:UpdateCrl", list, { "aws:ResourceTag/nodeseal:cluster": "other" }],
        ["rolesanywhere:UpdateCrl", list, {}],
        ["rolesanywhere:ImportCrl", "*", {}],
        ["rolesanywhere:CreateTrustAnchor", "*", {}],
        ["rolesanywhere:DeleteCrl", list, { "aws:ResourceTag/nodeseal:cluster": "nodeseal" }],
        ["rolesanywhere:DisableCrl", list, { "aws:ResourceTag/nodeseal:cluster": "nodeseal" }],
      ] as const)
        assert.notEqual(
          whyDenied(service.policies, { action, resource: where, principalArn, context }),
          undefined,
          `${action} ${where}`,
        );
    });
  }
});
