import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import {
  DEFAULT_GROUP,
  fromNow,
  KUBELET_SIGNER,
  REQUEST_NAME,
  requestItem,
  SERIAL_NUMBER,
} from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const CSR_PEM = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";
const SUBJECT = "CN=system:node:worker-1,O=system:nodes";
const HEADING = "NAME\tAGE\tNODE\tSIGNERNAME\tREQUESTOR\tREQUESTEDDURATION\tCONDITION\tSUBJECT";

describe("nodeseal csr", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const csr = (...args: string[]): Promise<CliResult> => runCli(["csr", ...args], environmentOf(server));

  it("lists requests in kubectl's columns and words", async () => {
    const conditions = [
      ["Pending", "Pending"],
      ["Approved", "Approved"],
      ["Reserved", "Approved"],
      ["Issued", "Approved,Issued"],
      ["Denied", "Denied"],
      ["Voided", "Approved,Voided"],
      ["Revoked", "Approved,Issued,Revoked"],
    ] as const;
    // 3d12h30m ago, so that it is the same however long the test takes.
    const createdAt = fromNow(-(3 * 24 + 12.5) * 3600);
    server.respond(() => ({ body: { items: conditions.map(([state]) => requestItem({ state, createdAt })) } }));
    const row = `${REQUEST_NAME}\t3d12h\tworker-1\t${KUBELET_SIGNER}\tsystem:bootstrap:abcdef\t24h`;
    const { stdout } = await csr("list");
    assert.equal(stdout, [HEADING, ...conditions.map(([, shown]) => `${row}\t${shown}\t${SUBJECT}`), ""].join("\n"));
    assert.equal(server.requests[0]?.target, "/v1/admin/requests?limit=100");
  });

  it("writes <none> for a duration that was not asked for, and <unknown> for an age that is not known", async () => {
    server.respond(() => ({ body: { items: [requestItem({ expirationSeconds: null, createdAt: null })] } }));
    const row = `${REQUEST_NAME}\t<unknown>\tworker-1\t${KUBELET_SIGNER}\tsystem:bootstrap:abcdef\t<none>\tPending\t${SUBJECT}`;
    assert.equal((await csr("list")).stdout, `${HEADING}\n${row}\n`);
  });

  it("asks for one state, however it is capitalised", async () => {
    server.respond(() => ({ body: { items: [] } }));
    await csr("list", "--state", "pending");
    assert.deepEqual(server.requests[0]?.query, { state: "Pending", limit: "100" });
  });

  it("shows one request with its CSR", async () => {
    const at = fromNow(-20 * 60 - 30);
    const decision = { outcome: "Denied", by: "arn:aws:iam::1:user/a", at, reason: "UnknownMachine", message: "who?" };
    server.respond(() => ({ body: { ...requestItem({ state: "Denied", createdAt: at, decision }), csr: CSR_PEM } }));
    const { stdout } = await csr("show", `certificatesigningrequest.certificates.k8s.io/${REQUEST_NAME}`);
    assert.equal(
      stdout,
      [
        `Name:                ${REQUEST_NAME}`,
        "Condition:           Denied",
        "Subject:             CN=system:node:worker-1,O=system:nodes",
        "Node:                worker-1",
        `Signer name:         ${KUBELET_SIGNER}`,
        "Requestor:           system:bootstrap:abcdef",
        "Groups:              system:bootstrappers",
        `                     ${DEFAULT_GROUP}`,
        "                     system:authenticated",
        "Usages:              digital signature",
        "                     client auth",
        "Requested duration:  24h (86400 s)",
        `Created:             ${at} (20m ago)`,
        "Decided by:          arn:aws:iam::1:user/a",
        `Decided:             ${at} (20m ago)`,
        "Reason:              UnknownMachine",
        "Message:             who?",
        "Serial number:       <none>",
        "",
        CSR_PEM,
      ].join("\n"),
    );
    assert.equal((await csr("show", REQUEST_NAME, "--pem")).stdout, CSR_PEM);
  });

  it("approves several at once, and says what comes of each", async () => {
    server.respond(({ target }) => ({
      body: requestItem(
        target.includes("csr-2") ? { state: "Issued", serialNumber: SERIAL_NUMBER } : { state: "Approved" },
      ),
    }));
    assert.deepEqual(
      await csr("approve", "csr-1", "csr-2", "--reason", "InventoryChecked", "--message", "ticket 4711"),
      {
        status: 0,
        stdout: [
          "csr-1 approved (CN=system:node:worker-1,O=system:nodes): it is signed when its owner next asks",
          `csr-2 approved (CN=system:node:worker-1,O=system:nodes): its serial number is ${SERIAL_NUMBER}`,
          "",
        ].join("\n"),
        stderr: "",
      },
    );
    assert.deepEqual(
      server.requests.map(({ method, target, body }) => [method, target, body]),
      ["csr-1", "csr-2"].map((name) => [
        "POST",
        `/v1/admin/requests/${name}/approval`,
        '{"decision":"Approved","reason":"InventoryChecked","message":"ticket 4711"}',
      ]),
    );
  });

  it("says by which rule a request waits, and what its token was made for", async () => {
    const token = { tokenId: "abcdef", description: "rack 7, \u001b[31mred", createdBy: "arn:aws:iam::1:user/ada" };
    server.respond(() => ({ body: { ...requestItem(), rule: "node-bootstrapper", token, csr: CSR_PEM } }));
    const { stdout } = await csr("show", REQUEST_NAME);
    assert.match(stdout, /^Waits by rule: +node-bootstrapper$/m);
    assert.match(stdout, /^Token: +abcdef \(rack 7, .*red, made by arn:aws:iam::1:user\/ada\)$/m);
    assert.ok(!stdout.includes("\u001b"), "a description does nothing to a terminal");
  });

  it("says why what is approved is not signed, when it is approved and when it is shown", async () => {
    const obstacle = { code: "outside_token", message: "the token may be used from 10.0.0.0/8", at: null };
    server.respond(() => ({ body: requestItem({ state: "Approved", obstacle }) }));
    const { stdout } = await csr("approve", "csr-1", "--replace");
    assert.equal(stdout, `csr-1 approved (${SUBJECT}), and not signed: the token may be used from 10.0.0.0/8\n`);
    assert.equal(server.requests[0]?.body, '{"decision":"Approved","replace":true}');
    assert.match((await csr("show", "csr-1")).stdout, /^Not signed: +the token may be used from 10\.0\.0\.0\/8$/m);
  });

  it("denies", async () => {
    server.respond(() => ({ body: requestItem({ state: "Denied" }) }));
    const { stdout } = await csr("deny", "csr-1");
    assert.equal(stdout, "csr-1 denied (CN=system:node:worker-1,O=system:nodes)\n");
    assert.equal(server.requests[0]?.body, '{"decision":"Denied"}');
  });

  it("reports the one of several that was decided otherwise, and does the rest", async () => {
    server.respond(({ target }) =>
      target.includes("csr-1")
        ? problem(409, "already_decided", "it was denied")
        : { body: requestItem({ state: "Approved" }) },
    );
    const { status, stdout, stderr } = await csr("approve", "csr-1", "csr-2", "-o", "json");
    assert.equal(status, 1);
    assert.equal(stderr, "nodeseal: csr-1: it was denied\n");
    const { items } = JSON.parse(stdout) as { readonly items: readonly { readonly state: string }[] };
    assert.deepEqual(
      items.map(({ state }) => state),
      ["Approved"],
    );
  });
});
