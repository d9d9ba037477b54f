import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { authorityItem, fromNow } from "./support/canned-items.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { testAuthorities } from "../support/authorities.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const BUNDLE_PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".repeat(2);
const HASH = `sha256:${"b".repeat(64)}`;

const csrOf = (generation: number): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\nMII${generation}\n-----END CERTIFICATE REQUEST-----\n`;
const REQUESTS = [1, 2].map((generation) => ({ authorityId: `issuing-g${generation}`, csr: csrOf(generation) }));

describe("nodeseal ca", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const ca = (...args: string[]): Promise<CliResult> => runCli(["ca", ...args], environmentOf(server));

  it("shows the CA generations, with the pin for join commands", async () => {
    const notAfter = fromNow(400.5 * 24 * 3600);
    const answer = {
      sequence: 3,
      items: [
        authorityItem({ notAfter }),
        authorityItem({ id: "root-g1", role: "root", notAfter, subject: "CN=root g1" }),
      ],
    };
    server.respond(() => ({ body: answer }));
    const { stdout } = await ca("show");
    assert.equal(
      stdout,
      [
        "ID\tROLE\tSTATE\tKEY\tTTL\tEXPIRES\tCACERTHASH\tSUBJECT",
        `issuing-g1\tissuing\tactive\tP-256\t400d\t${notAfter}\t${HASH}\tCN=Nodeseal issuing CA g1`,
        `root-g1\troot\tactive\tP-256\t400d\t${notAfter}\t${HASH}\tCN=root g1`,
        "",
      ].join("\n"),
    );
    assert.deepEqual(JSON.parse((await ca("show", "-o", "json")).stdout), answer);
  });

  it("shows one of them with its certificate", async () => {
    const notAfter = fromNow(400.5 * 24 * 3600);
    const notBefore = fromNow(-36.5 * 3600);
    server.respond(() => ({ body: { sequence: 3, items: [authorityItem({ notBefore, notAfter })] } }));
    const { stdout } = await ca("show", "issuing-g1");
    assert.equal(
      stdout,
      [
        "Id:             issuing-g1",
        "Role:           issuing",
        "State:          active",
        "Subject:        CN=Nodeseal issuing CA g1",
        "Key:            P-256",
        "Key ARN:        arn:aws:kms:eu-central-1:000000000000:key/7c5e",
        "Serial number:  0102030405060708090a0b0c0d0e0f10",
        `Not before:     ${notBefore} (36h ago)`,
        `Not after:      ${notAfter} (in 400d)`,
        `CA cert hash:   ${HASH}`,
        "",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      ].join("\n"),
    );
  });

  it("shows every field of one's certificate as text, and asks which one", async () => {
    const certificate = encodePem("CERTIFICATE", (await testAuthorities()).rootCertificate);
    server.respond(() => ({ body: { sequence: 3, items: [authorityItem({ id: "root-g1", certificate })] } }));
    const { stdout } = await ca("show", "root-g1", "--text");
    assert.match(stdout, /^Certificate:\n.* {6}Basic Constraints: critical\n {8}CA: true\n {8}Path Length: 1\n/s);
    const { status, stderr } = await ca("show", "--text");
    assert.equal(status, 2);
    assert.match(stderr, /--text shows one CA: name it/);
  });

  it("names the generations there are when it is asked for another", async () => {
    server.respond(() => ({ body: { sequence: 3, items: [authorityItem(), authorityItem({ id: "root-g1" })] } }));
    const { status, stderr } = await ca("show", "issuing-g9");
    assert.equal(status, 1);
    assert.equal(stderr, 'nodeseal: there is no CA generation "issuing-g9"; there are issuing-g1, root-g1\n');
  });

  it("prints what an external CA is to sign, and says when there is no such thing", async () => {
    const csr = csrOf(1);
    server.respond(() => ({ body: { sequence: 0, items: [], requests: [{ authorityId: "issuing-g1", csr }] } }));
    assert.deepEqual(await ca("csr"), { status: 0, stdout: csr, stderr: "" });
    assert.match(
      (await ca("show")).stdout,
      /\nissuing-g1 waits for its certificate; see nodeseal ca csr issuing-g1\n$/,
    );
    server.respond(() => ({ body: { sequence: 1, items: [authorityItem()], requests: REQUESTS } }));
    assert.deepEqual(await ca("csr"), { status: 0, stdout: csrOf(2), stderr: "" });
    assert.deepEqual(await ca("csr", "issuing-g1"), { status: 0, stdout: csrOf(1), stderr: "" });
    assert.match(
      (await ca("csr", "issuing-g3")).stderr,
      /no request of issuing-g3; there are those of issuing-g1, issuing-g2/,
    );
    assert.match(
      (await ca("show")).stdout,
      /\nissuing-g2 waits for its certificate; see nodeseal ca csr issuing-g2\n$/,
    );
    const items = [authorityItem(), authorityItem({ id: "issuing-g2", state: "prepared" })];
    server.respond(() => ({ body: { sequence: 2, items, requests: REQUESTS } }));
    assert.match((await ca("csr")).stderr, /^nodeseal: there are requests of issuing-g1, issuing-g2: say which/);
    assert.doesNotMatch((await ca("show")).stdout, /waits for/);
    server.respond(() => ({ body: { sequence: 1, items: [authorityItem()], requests: [] } }));
    const { status, stderr } = await ca("csr");
    assert.equal(status, 1);
    assert.match(stderr, /^nodeseal: there is no request: .*authority.hierarchy "own"/);
  });

  it("prints the trust bundle in PEM, unsigned and without credentials", async () => {
    server.respond(() => ({ headers: { "content-type": "application/x-pem-file" }, body: BUNDLE_PEM }));
    const { PATH = "", HOME = "", NODESEAL_URL = "", NODESEAL_CA_FILE = "" } = environmentOf(server);
    const result = await runCli(["ca", "bundle"], { PATH, HOME, NODESEAL_URL, NODESEAL_CA_FILE });
    assert.deepEqual(result, { status: 0, stdout: BUNDLE_PEM, stderr: "" });
    assert.equal(server.requests[0]?.target, "/v1/trust-bundle");
    assert.equal(server.requests[0].headers.authorization, undefined);
  });

  it("prints the trust bundle as the API's JSON", async () => {
    const bundle = { sequence: 3, authorities: [{ id: "issuing-g1", state: "active" }] };
    server.respond(({ headers }) => ({ body: headers.accept === "application/json" ? bundle : BUNDLE_PEM }));
    assert.deepEqual(JSON.parse((await ca("bundle", "-o", "json")).stdout), bundle);
  });

  it("prints nothing for a bundle that is none", async () => {
    server.respond(() => ({ headers: { "content-type": "text/html" }, body: "<h1>It works!</h1>" }));
    const { status, stdout, stderr } = await ca("bundle");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(stderr, "nodeseal: the answer holds no certificate; is NODESEAL_URL the service's address?\n");
  });
});
