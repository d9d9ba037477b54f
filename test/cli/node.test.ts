import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { fromNow, IN_6_DAYS_3_HOURS, KUBELET_SIGNER, nodeItem, SERIAL_NUMBER } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

describe("nodeseal node", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const node = (...args: string[]): Promise<CliResult> => runCli(["node", ...args], environmentOf(server));

  it("lists nodes with what is known of each", async () => {
    const notAfter = fromNow(IN_6_DAYS_3_HOURS);
    const none = { serialNumber: null, notAfter: null, lastSeenAt: null };
    server.respond(() => ({
      body: {
        items: [
          nodeItem({ notAfter, agentVersion: "0.1.0", trustBundleSequence: 3 }),
          nodeItem({ nodeName: "worker-2", state: "Joining", generation: 1, ...none }),
        ],
      },
    }));
    assert.deepEqual(await node("list"), {
      status: 0,
      stdout: [
        "NAME\tSTATE\tTTL\tEXPIRES\tLASTSEEN\tGENERATION\tBUNDLE\tAGENT\tSERIALNUMBER\tSIGNER",
        `worker-1\tActive\t6d3h\t${notAfter}\t4h30m\t3\t3\t0.1.0\t${SERIAL_NUMBER}\t${KUBELET_SIGNER}`,
        `worker-2\tJoining\t<none>\t<none>\t<unknown>\t1\t<unknown>\t<unknown>\t<none>\t${KUBELET_SIGNER}`,
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("lists those that stopped renewing, with what helps to find them", async () => {
    const [notAfter, overdueSince] = [fromNow(IN_6_DAYS_3_HOURS), fromNow(-(4 * 3600 + 30 * 60 + 30))];
    server.respond(() => ({
      body: { items: [nodeItem({ notAfter, overdueSince, agentVersion: "0.1.0", signerName: "kubernetes.io/x" })] },
    }));
    const { stdout } = await node("list", "--overdue");
    assert.equal(
      stdout,
      [
        "NAME\tSTATE\tTTL\tEXPIRES\tOVERDUE\tLASTSEEN\tAGENT\tSIGNER",
        `worker-1\tActive\t6d3h\t${notAfter}\t4h30m\t4h30m\t0.1.0\tkubernetes.io/x`,
        "",
      ].join("\n"),
    );
    assert.equal(server.requests[0]?.target, "/v1/admin/nodes?overdue=true&limit=100");
  });

  it("shows one node", async () => {
    const [notAfter, lastSeenAt] = [fromNow(IN_6_DAYS_3_HOURS), fromNow(-(4 * 3600 + 30 * 60 + 30))];
    server.respond(() => ({ body: nodeItem({ notAfter, lastSeenAt, revokedAt: lastSeenAt, state: "Revoked" }) }));
    const { stdout } = await node("show", "node/worker-1");
    assert.equal(
      stdout,
      [
        "Name:            worker-1",
        `Signer:          ${KUBELET_SIGNER}`,
        "State:           Revoked",
        `Serial number:   ${SERIAL_NUMBER}`,
        `Not after:       ${notAfter} (in 6d3h)`,
        "Issuer:          <none>",
        "Overdue since:   it is not",
        "Generation:      3",
        `Last seen:       ${lastSeenAt} (4h30m ago)`,
        "Trust bundle:    <unknown>",
        "Agent:           <unknown>",
        "Released:        no",
        `Revoked:         ${lastSeenAt} (4h30m ago)`,
        "Recovered:       never",
        "May recover:     as policy says",
        "Renewal:         at its own time",
        "Suspicious use:  none seen",
        "Not on record:   nothing seen",
        "Admitted:        never",
        "",
      ].join("\n"),
    );
    assert.equal(server.requests[0]?.target, "/v1/admin/nodes/worker-1");
  });

  it("releases names, and says what that does not undo", async () => {
    server.respond(() => ({ body: nodeItem({ state: "Released" }) }));
    const { stdout } = await node("release", "worker-1");
    assert.equal(
      stdout,
      [
        "node worker-1 released: the next bootstrap token for it may claim the name with another key; what held it can no longer renew",
        "  not undone: its certificates stay as they are until they end; see nodeseal cert list --node worker-1, end them with nodeseal cert revoke",
        "",
      ].join("\n"),
    );
    const [request] = server.requests;
    assert.deepEqual(
      [request?.method, request?.target, request?.body],
      ["POST", "/v1/admin/nodes/worker-1/release", ""],
    );
  });

  it("revokes nodes, and says what that does not undo", async () => {
    server.respond(() => ({ body: nodeItem({ state: "Revoked" }) }));
    const { stdout } = await node("revoke", "worker-1", "--reason", "cessationOfOperation");
    assert.equal(
      stdout,
      [
        "node worker-1 revoked (cessationOfOperation): its certificates are revoked, and it gets no other until nodeseal node release worker-1",
        "  not undone: servers that do not read the CRL accept its certificates until they end; see nodeseal cert list --node worker-1",
        "  not undone: tokens stay usable for other names; to end one: nodeseal token revoke ID",
        "",
      ].join("\n"),
    );
    const [request] = server.requests;
    assert.equal(request?.target, "/v1/admin/nodes/worker-1/revocation");
    assert.equal(request.body, '{"reason":"cessationOfOperation"}');
  });

  it("shows what a node has recovered from, what an operator allowed it, and who else used its certificates", async () => {
    const [at, until] = [fromNow(-(4 * 3600 + 30 * 60 + 30)), fromNow(IN_6_DAYS_3_HOURS)];
    server.respond(() => ({
      body: nodeItem({
        recoveredAt: at,
        recoveries: 2,
        recoveryAllowance: { until, recoveries: 1, by: "arn:aws:iam::123456789012:user/ada" },
        supersededUse: { serialNumber: "ab".repeat(16), at, count: 7 },
      }),
    }));
    const { stdout } = await node("show", "worker-1");
    assert.deepEqual(stdout.split("\n").slice(-8, -3), [
      `Recovered:       ${at} (4h30m ago), 2 in a row without a renewal in time`,
      `May recover:     once until ${until} (in 6d3h), by arn:aws:iam::123456789012:user/ada`,
      "Renewal:         at its own time",
      `Suspicious use:  a replaced certificate was used, last at ${at} (4h30m ago), in 7 minutes in all`,
      `                 it is ${"ab".repeat(16)}: somebody may hold a copy of its key`,
    ]);
  });

  it("lets nodes recover, and says how to take that back", async () => {
    const until = fromNow(IN_6_DAYS_3_HOURS);
    server.respond(() => ({ body: nodeItem({ recoveryAllowance: { until, recoveries: 2, by: "ada" } }) }));
    const { stdout } = await node("allow-recovery", "worker-1", "--for", "72h", "--recoveries", "2");
    assert.equal(
      stdout,
      [
        `node worker-1 may recover 2 times until ${until}: whoever holds its latest certificate and key comes back with them`,
        "  if its disk may be in wrong hands, take that back: nodeseal node revoke worker-1",
        "",
      ].join("\n"),
    );
    const [request] = server.requests;
    assert.deepEqual(
      [request?.method, request?.target, request?.body],
      ["POST", "/v1/admin/nodes/worker-1/recovery", '{"ttlSeconds":259200,"recoveries":2}'],
    );
    await node("allow-recovery", "worker-1");
    assert.equal(server.requests.at(-1)?.body, '{"ttlSeconds":86400,"recoveries":1}');
  });

  it("asks nodes to renew, and shows until when", async () => {
    const until = fromNow(IN_6_DAYS_3_HOURS);
    server.respond(() => ({ body: nodeItem({ renewalRequest: { at: fromNow(0), until, by: "ada" } }) }));
    const { stdout } = await node("renew", "worker-1", "worker-2", "--within", "24h");
    const line = (name: string) =>
      `node ${name} is asked to renew until ${until}, or as soon as its agent hears of it after that\n`;
    assert.equal(stdout, line("worker-1") + line("worker-2"));
    assert.deepEqual(
      server.requests.map(({ method, target, body }) => [method, target, body]),
      ["worker-1", "worker-2"].map((name) => ["POST", `/v1/admin/nodes/${name}/renewal`, '{"withinSeconds":86400}']),
    );
    await node("renew", "worker-1");
    assert.equal(server.requests.at(-1)?.body, '{"withinSeconds":3600}');
    const shown = await node("show", "worker-1");
    assert.match(shown.stdout, new RegExp(`^Renewal: +asked for until ${until} \\(in 6d3h\\), by ada$`, "m"));
  });

  it("narrows everything to one signer, and takes names that only people have", async () => {
    const signerName = "nodeseal.dev/server";
    server.respond(() => ({ body: { ...nodeItem({ signerName }), items: [] } }));
    const narrowed = ["--signer", signerName];
    for (const act of ["show", "release", "revoke", "renew", "allow-recovery"]) await node(act, "web-1", ...narrowed);
    await node("show", "jane.doe@example.com");
    await node("list", ...narrowed);
    const query = `?signerName=${encodeURIComponent(signerName)}`;
    assert.deepEqual(
      server.requests.map(({ target }) => target),
      [
        `/v1/admin/nodes/web-1${query}`,
        ...["release", "revocation", "renewal", "recovery"].map((act) => `/v1/admin/nodes/web-1/${act}${query}`),
        "/v1/admin/nodes/jane.doe@example.com",
        `/v1/admin/nodes${query}&limit=100`,
      ],
    );
    assert.equal((await node("show", "web-1", "--signer", "nodeseal.dev/sever")).status, 2);
  });

  it("shows each signer's certificate of a name", async () => {
    const signers = [nodeItem(), nodeItem({ signerName: "nodeseal.dev/server", state: "Released" })];
    server.respond(() => ({ body: { ...signers[0], signers } }));
    const { stdout } = await node("show", "worker-1");
    assert.deepEqual(stdout.match(/^(Signer|State): .*$/gm), [
      `Signer:          ${KUBELET_SIGNER}`,
      "State:           Active",
      "Signer:          nodeseal.dev/server",
      "State:           Released",
    ]);
  });

  it("goes on revoking while the service says that there is more", async () => {
    const cursors = ["one", "two", undefined];
    server.respond(() => ({ body: { ...nodeItem({ state: "Revoked" }), cursor: cursors.shift() } }));
    assert.equal((await node("revoke", "worker-1")).status, 0);
    assert.deepEqual(
      server.requests.map(({ body }) => body),
      [undefined, "one", "two"].map((cursor) => JSON.stringify({ reason: "unspecified", cursor })),
    );
    server.respond(() =>
      server.requests.length === 1
        ? { body: { ...nodeItem({ state: "Revoked" }), cursor: "one" } }
        : problem(400, "malformed_request", "no"),
    );
    const { status, stderr } = await node("revoke", "worker-1");
    assert.equal(status, 1);
    assert.match(stderr, /worker-1 is revoked, but perhaps not all certificates .*the same command goes on/);
  });

  it("says what to do about a name that is not there", async () => {
    server.respond(() => problem(404, "not_found", 'there is no node named "nope"', { field: "name" }));
    assert.deepEqual(await node("show", "nope"), {
      status: 1,
      stdout: "",
      stderr: 'nodeseal: there is no node named "nope"; nodeseal node list shows those there are\n',
    });
  });
});
