import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { issueTlsCertificates } from "../../local/data/tls.ts";
import {
  ACCESS_KEY,
  FORBIDDEN,
  problem,
  startAdminServer,
  type AdminServer,
  type CannedAnswer,
} from "./support/admin-server.ts";
import { environmentOf, runCli, type Environment } from "./support/cli.ts";

const ADDRESS = /127\.0\.0\.1:\d+/g;

describe("a failure", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  /** Runs `node show worker-1`, which must fail with one line; gives that line without the port. */
  const failureOf = async (changes: Readonly<Record<string, string | undefined>> = {}): Promise<string> => {
    const given = Object.entries({ ...environmentOf(server), ...changes }).filter(([, value]) => value !== undefined);
    const { status, stdout, stderr } = await runCli(
      ["node", "show", "worker-1"],
      Object.fromEntries(given) as Environment,
    );
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^nodeseal: [^\n]+\n$/, "one line on stderr");
    assert.ok(!stderr.includes(ACCESS_KEY.secretAccessKey));
    return stderr.slice("nodeseal: ".length, -1).replace(ADDRESS, "HOST");
  };

  const ANSWERS: readonly { readonly why: string; readonly answer: CannedAnswer; readonly says: string }[] = [
    {
      why: "the service's own refusal",
      answer: problem(403, "denied_by_policy", "the profile forbids it", { rule: "kubelets", field: "usages" }),
      says: "the profile forbids it [rule kubelets, field usages]",
    },
    {
      why: "a member that an option stands for",
      answer: problem(400, "malformed_request", 'the body: "description" must be at most 256 characters, got 300'),
      says: '"description" must be at most 256 characters, got 300',
    },
    {
      why: "a request that is wrong as a whole",
      answer: problem(400, "malformed_request", 'the body must not have the member "x"; allowed are y'),
      says: 'the request must not have the member "x"; allowed are y',
    },
    {
      why: "a fault of the service",
      answer: {
        status: 500,
        headers: { "content-type": "application/problem+json", "apigw-requestid": "JKJaXmPLvHcESHA=" },
        body: { type: "urn:nodeseal:problem:internal", title: "Internal Server Error", status: 500, code: "internal" },
      },
      says: "the service failed, and its log says why (request JKJaXmPLvHcESHA=); nothing is lost by trying again",
    },
    {
      why: "a service that is busy for longer than anyone waits",
      answer: {
        status: 503,
        headers: { "content-type": "application/problem+json", "retry-after": "120" },
        body: { status: 503, code: "signer_busy", detail: "the key service is busy" },
      },
      says: "the key service is busy; try again in 120 s",
    },
    {
      why: "a route that is not there",
      answer: { status: 404, body: { message: "Not Found" } },
      says: "HOST has no GET /v1/admin/nodes/worker-1: is NODESEAL_URL the service's address, and the service as new as this program?",
    },
    {
      why: "credentials that have expired",
      answer: { status: 403, body: { message: "The security token included in the request is expired" } },
      says: "these AWS credentials have expired; get new ones (The security token included in the request is expired)",
    },
    {
      why: "a redirection",
      answer: { status: 302, headers: { location: "https://login.example/" } },
      says: "HOST points to https://login.example/; use the service's own address",
    },
    {
      why: "somebody else's page",
      answer: { headers: { "content-type": "text/html" }, body: "<h1>It works!</h1>" },
      says: "the answer of HOST is not understood: is NODESEAL_URL the service's address, or did a proxy answer?",
    },
    {
      why: "somebody else's error page",
      answer: { status: 418, headers: { "content-type": "text/html" }, body: "<h1>Teapot</h1>" },
      says: "HOST answered 418, and not in JSON: is NODESEAL_URL the service's address, or did a proxy answer?",
    },
    {
      why: "a message that would act on the terminal",
      answer: problem(400, "malformed_request", "bad\u001b[2J\nname\u202e"),
      says: "bad\\u001b[2J name\\u202e",
    },
  ];
  for (const { why, answer, says } of ANSWERS) {
    it(`is told in one line: ${why}`, async () => {
      server.respond(() => answer);
      assert.equal(await failureOf(), says);
    });
  }

  it("of a wrong key names what to look at", async () => {
    server.respond(() => FORBIDDEN);
    assert.equal(
      await failureOf({ AWS_SECRET_ACCESS_KEY: "wrong" }),
      `forbidden: HOST does not accept access key ${ACCESS_KEY.accessKeyId} in region eu-central-1 for GET /v1/admin/nodes/worker-1; ` +
        "check AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_REGION, and that the key may execute-api:Invoke it, as grantViewer of the construct allows " +
        "(a local service: source <data-dir>/env again)",
    );
  });

  for (const { minutes, direction } of [
    { minutes: 20.5, direction: "behind" },
    { minutes: -20.5, direction: "ahead of" },
  ]) {
    it(`of a clock ${direction} the service's is told from a wrong key`, async () => {
      const date = new Date(Date.now() + minutes * 60_000).toUTCString();
      server.respond(() => ({ ...FORBIDDEN, headers: { date } }));
      assert.equal(
        await failureOf(),
        `forbidden, because this machine's clock is 20m ${direction} the service's; set it (AWS allows 5 minutes)`,
      );
    });
  }

  it("of credentials that are not there says where they could be", async () => {
    const where =
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (a local service: source <data-dir>/env)";
    const without = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    assert.equal(await failureOf(without), `no AWS credentials: none are configured; ${where}`);
    assert.equal(
      await failureOf({ ...without, AWS_PROFILE: "ops" }),
      `no AWS credentials: the profile "ops" of AWS_PROFILE has none; ${where}`,
    );
  });

  it("of a region that is not there names AWS_REGION", async () => {
    const says = "no AWS region: give --region or set AWS_REGION, the service's, like eu-central-1";
    assert.equal(await failureOf({ AWS_REGION: undefined }), says);
  });

  const UNKNOWN_CA =
    "HOST is not trusted: its certificate is from no CA that this machine trusts; set NODESEAL_CA_FILE to the PEM file " +
    "of the CA that authenticates it (a local service: source <data-dir>/env)";

  it("of trust names NODESEAL_CA_FILE, and sends nothing", async () => {
    server.respond(() => ({ body: {} }));
    assert.equal(await failureOf({ NODESEAL_CA_FILE: undefined }), UNKNOWN_CA);
    const otherCa = join(server.directory, "other-ca.pem");
    writeFileSync(otherCa, issueTlsCertificates(new Date()).caCertificatePem);
    const says = `HOST is not trusted: its certificate is from no CA in NODESEAL_CA_FILE (${otherCa}): the file may be another service's (a local service: source <data-dir>/env again)`;
    assert.equal(await failureOf({ NODESEAL_CA_FILE: otherCa }), says);
    assert.equal(server.requests.length, 0);
  });

  it("of the CA file says which and why", async () => {
    const must = "NODESEAL_CA_FILE must name the PEM file of the CA that authenticates the service";
    const absent = join(server.directory, "absent.pem");
    assert.equal(
      await failureOf({ NODESEAL_CA_FILE: absent }),
      `${must}: ENOENT: no such file or directory, open '${absent}'`,
    );
    const empty = join(server.directory, "empty.pem");
    writeFileSync(empty, "");
    assert.equal(await failureOf({ NODESEAL_CA_FILE: empty }), `${must}: ${empty} holds no certificate`);
    const { directory } = server;
    assert.equal(await failureOf({ NODESEAL_CA_FILE: directory }), `${must}: ${directory} is a directory`);
  });

  it("of a service that is not running says so", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    assert.equal(
      await failureOf({ NODESEAL_URL: `https://127.0.0.1:${port}` }),
      "cannot reach HOST: the connection was refused; is the service running, and NODESEAL_URL right?",
    );
  });

  it("of an address that speaks no TLS says so", async () => {
    const listener = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    assert.match(
      await failureOf({ NODESEAL_URL: `https://127.0.0.1:${port}` }),
      /^cannot reach HOST: (it does not speak TLS; is NODESEAL_URL right\?|.*wrong version number.*)$/,
    );
    listener.close();
  });
});
