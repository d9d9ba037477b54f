import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodePem } from "../../core/asn1/pem.ts";
import { run } from "../support/command.ts";
import { OPENSSL_SKIP, tryOpenssl } from "../support/openssl.ts";
import { revocationBench } from "../support/revocation-bench.ts";
import { problem, startAdminServer, type AdminServer, type CannedAnswer } from "./support/admin-server.ts";
import { CLI_COMMAND, environmentOf, runCli, type CliResult } from "./support/cli.ts";

describe("nodeseal ca crl", () => {
  let server: AdminServer;
  let der: Buffer;
  let pem: string;
  let serialNumber: string;
  let directory: string;

  before(async () => {
    server = await startAdminServer();
    directory = join(server.directory, "lists");
    mkdirSync(directory);
    const bench = revocationBench();
    const certificate = await bench.issue(100);
    await bench.revoke(certificate);
    await bench.round();
    der = Buffer.from((await bench.published())?.der ?? []);
    pem = encodePem("X509 CRL", der);
    serialNumber = certificate.serialNumber;
  });
  after(() => server.close());

  const crl = (...args: string[]): Promise<CliResult> => runCli(["ca", "crl", ...args], environmentOf(server));
  const list = (): CannedAnswer => ({ headers: { "content-type": "application/pkix-crl" }, body: der });
  const paths = (): readonly string[] => server.requests.map(({ target }) => target);

  it("prints a CA's list in PEM, unsigned and without credentials", async () => {
    server.respond(list);
    const { PATH = "", HOME = "", NODESEAL_URL = "", NODESEAL_CA_FILE = "" } = environmentOf(server);
    const result = await runCli(["ca", "crl", "issuing-g1"], { PATH, HOME, NODESEAL_URL, NODESEAL_CA_FILE });
    assert.deepEqual(result, { status: 0, stdout: pem, stderr: "" });
    assert.deepEqual(paths(), ["/v1/crl/issuing-g1"]);
    assert.equal(server.requests[0]?.headers.authorization, undefined);
    assert.equal(server.requests[0]?.headers.accept, "application/pkix-crl");
  });

  it("prints what openssl reads", { skip: OPENSSL_SKIP }, async () => {
    server.respond(list);
    const { output } = tryOpenssl(["crl", "-noout", "-text"], (await crl("issuing-g1")).stdout);
    assert.match(output, new RegExp(`Serial Number: ${serialNumber}`, "i"));
  });

  it("asks for a shard as tools print serial numbers", async () => {
    server.respond(list);
    for (const digits of ["a3", "A3"]) assert.equal((await crl("issuing-g1", "--shard", digits)).stdout, pem);
    assert.deepEqual(paths(), ["/v1/crl/issuing-g1/a3", "/v1/crl/issuing-g1/a3"]);
  });

  it("gives programs the list and what it is of", async () => {
    server.respond(list);
    const { stdout } = await crl("issuing-g1", "--shard", "a", "-o", "json");
    assert.deepEqual(JSON.parse(stdout), { authorityId: "issuing-g1", shard: "a", crl: pem });
    assert.match(
      (await crl("issuing-g1", "-o", "yaml")).stdout,
      /^authorityId: issuing-g1\ncrl: \|\n {2}-----BEGIN X509/,
    );
  });

  it("writes it to a file in PEM or DER, in the old one's place, and nothing else", async () => {
    server.respond(list);
    const file = join(directory, "issuing.crl");
    const link = join(directory, "link.crl");
    symlinkSync(file, link);
    for (const [target, flags, expected] of [
      [file, [], Buffer.from(pem)],
      [file, ["--der"], der],
      [link, [], Buffer.from(pem)],
    ] as const) {
      const before = statSync(file, { throwIfNoEntry: false })?.ino;
      assert.deepEqual(await crl("issuing-g1", ...flags, "--out", target), { status: 0, stdout: "", stderr: "" });
      assert.deepEqual(readFileSync(file), expected);
      assert.notEqual(statSync(file).ino, before, "a server that reads the old file finds it whole");
    }
    assert.deepEqual(readdirSync(directory).sort(), ["issuing.crl", "link.crl"]);
  });

  it("writes into what is no file without replacing it", async () => {
    server.respond(list);
    const [pipe, got] = [join(directory, "pipe"), join(server.directory, "got")];
    const reading =
      'mkfifo "$1"; cat "$1" > "$2" 2> /dev/null & "$3" "$4" ca crl issuing-g1 --out "$1"; test -p "$1" && wait $! || { kill $!; false; }';
    const environment = environmentOf(server);
    const { status, stderr } = await run("sh", ["-c", reading, "sh", pipe, got, ...CLI_COMMAND], { environment });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(readFileSync(got, "utf8"), pem);
  });

  it("says when a file cannot be written, and leaves what was there", async () => {
    server.respond(list);
    for (const target of [directory, join(directory, "none", "a.crl")]) {
      const { status, stdout, stderr } = await crl("issuing-g1", "--out", target);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, /^nodeseal: cannot write the list: (EISDIR|ENOENT)[^\n]*\n$/);
    }
  });

  it("leaves the list that was there when it gets none", async () => {
    const file = join(directory, "kept.crl");
    writeFileSync(file, "old");
    const cut = der.subarray(0, -1);
    for (const body of ["<h1>It works!</h1>", "", "0", pem, cut, Buffer.concat([der, Buffer.of(0)])]) {
      server.respond(() => ({ body }));
      const { status, stdout, stderr } = await crl("issuing-g1", "--out", file);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, "nodeseal: the answer holds no revocation list; is NODESEAL_URL the service's address?\n");
    }
    assert.equal(readFileSync(file, "utf8"), "old");
  });

  it("says of what there is no list", async () => {
    server.respond(() => problem(404, "not_found", "there is no such revocation list"));
    const hint = "nodeseal ca show lists the CAs, and an external CA has its own";
    assert.deepEqual(await crl("issuing-g9"), {
      status: 1,
      stdout: "",
      stderr: `nodeseal: there is no revocation list of issuing-g9; ${hint}\n`,
    });
    const { stderr } = await crl("issuing-g1", "--shard", "ab");
    const which = "issuing-g1 for serial numbers that begin with ab";
    assert.equal(stderr, `nodeseal: there is no revocation list of ${which}; ${hint}\n`);
  });

  for (const { why, args, says } of [
    { why: "DER on stdout", args: ["--der"], says: "--der needs --out: DER is no text" },
    {
      why: "a file of two forms",
      args: ["--out", "a.crl", "-o", "json"],
      says: "--out writes the list itself, and --output json prints it: give one of them",
    },
  ]) {
    it(`refuses ${why} before it asks`, async () => {
      server.respond(list);
      assert.deepEqual(await crl("issuing-g1", ...args), { status: 2, stdout: "", stderr: `nodeseal: ${says}\n` });
      assert.deepEqual(paths(), []);
    });
  }
});
