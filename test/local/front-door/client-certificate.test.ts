import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { temporaryDirectory } from "../temporary-directory.ts";
import { frontDoorHarness, TLS } from "./front-door.ts";

const hasCurl = spawnSync("curl", ["--version"]).error === undefined;

test("hands over a client certificate of the trust bundle, in the shape that API Gateway documents", async (t) => {
  const { trustBundlePem, node } = certificates(t);
  const { send, invocations } = await frontDoorHarness(t, { trustBundle: () => Promise.resolve(trustBundlePem) });
  assert.equal((await send("/v1/things/one", { cert: node.chainPem, key: node.keyPem })).statusCode, 204);
  const clientCertificate = invocations[0]?.event.requestContext.authentication?.clientCert;
  const opensslDate = (name: string) =>
    openssl(["x509", "-noout", `-${name}`], node.certificatePem)
      .trim()
      .replace(/^.*=/, "");
  assert.deepEqual(clientCertificate, {
    clientCertPem: node.certificatePem,
    subjectDN: "CN=system:node:one,O=system:nodes",
    issuerDN: "CN=issuing G1,O=Nodeseal",
    serialNumber: "0a:1b:2c",
    validity: { notBefore: opensslDate("startdate"), notAfter: opensslDate("enddate") },
  });
});

test("lets a client without a certificate pass, as one", async (t) => {
  const { trustBundlePem } = certificates(t);
  const { send, invocations } = await frontDoorHarness(t, { trustBundle: () => trustBundlePem });
  assert.equal((await send("/v1/things/one")).statusCode, 204);
  assert.equal(invocations[0]?.event.requestContext.authentication, undefined);
});

test("answers 403 to certificates that do not verify, and calls nothing", async (t) => {
  const { trustBundlePem, node, stranger, selfSigned, short, leafOfLeaf } = certificates(t);
  const later = new Date(Date.now() + 2 * 24 * 3600 * 1000);
  const earlier = new Date(Date.now() - 3600 * 1000);
  const issuingOnly = trustBundlePem.slice(0, trustBundlePem.indexOf("-----END CERTIFICATE-----") + 26);
  for (const { why, presented, bundle = trustBundlePem, now = new Date() } of [
    { why: "of another CA with the same name", presented: stranger },
    { why: "self-signed", presented: selfSigned },
    { why: "signed by a node", presented: leafOfLeaf },
    { why: "expired", presented: short, now: later },
    { why: "not yet valid", presented: node, now: earlier },
    { why: "an empty bundle", presented: node, bundle: "" },
    { why: "a bundle without the root", presented: node, bundle: issuingOnly },
  ]) {
    const { send, invocations } = await frontDoorHarness(t, { trustBundle: () => bundle, clock: () => now });
    const answer = await send("/v1/things/one", { cert: presented.chainPem, key: presented.keyPem });
    assert.deepEqual([answer.statusCode, answer.body], [403, '{"message":"Forbidden"}'], why);
    assert.deepEqual(invocations, [], why);
  }
});

test("asks the trust bundle anew at each request, on the same connection too", async (t) => {
  const { trustBundlePem, node } = certificates(t);
  let bundle = "";
  const { send } = await frontDoorHarness(t, { trustBundle: () => bundle });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const request = { agent, cert: node.chainPem, key: node.keyPem };
  assert.equal((await send("/v1/things/one", request)).statusCode, 403);
  bundle = trustBundlePem;
  assert.equal((await send("/v1/things/one", request)).statusCode, 204);
  bundle = "";
  assert.equal((await send("/v1/things/one", request)).statusCode, 403);
});

test(
  "takes client certificates from curl, which verifies the server's",
  { skip: hasCurl || process.env["CI"] !== undefined ? false : "curl is not installed" },
  async (t) => {
    const { trustBundlePem, node } = certificates(t);
    const { url, port, invocations } = await frontDoorHarness(t, { trustBundle: () => trustBundlePem });
    const directory = temporaryDirectory(t);
    writeFileSync(join(directory, "ca.pem"), TLS.caCertificatePem);
    writeFileSync(join(directory, "node.pem"), node.keyPem + node.chainPem);
    for (const origin of [url, `https://localhost:${port}`]) {
      const args = ["--silent", "--show-error", "--max-time", "20", "--write-out", "%{http_code}", "--ipv4"];
      const child = spawn("curl", [...args, "--cacert", "ca.pem", "--cert", "node.pem", `${origin}/v1/things/one`], {
        cwd: directory,
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.equal(await text(child.stdout), "204");
    }
    assert.equal(
      invocations[1]?.event.requestContext.authentication?.clientCert.subjectDN,
      "CN=system:node:one,O=system:nodes",
    );
  },
);

interface Presented {
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly keyPem: string;
}

/** A root, an issuing CA and what they and others have signed; all by openssl, so that no code of ours vouches for its own. */
function certificates(t: TestContext) {
  const directory = temporaryDirectory(t);
  const run = (args: readonly string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  writeFileSync(join(directory, "ca.cnf"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
  writeFileSync(join(directory, "leaf.cnf"), "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n");
  const make = (
    name: string,
    subject: string,
    issuer: string,
    extensions: "ca" | "leaf",
    serial: string,
    days = "30",
  ) => {
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", `${name}.key`];
    run(["req", "-new", ...newKey, "-subj", subject, "-out", `${name}.csr`]);
    const signer = issuer === name ? ["-key", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
    const content = ["-days", days, "-set_serial", serial, "-extfile", `${extensions}.cnf`];
    run(["x509", "-req", "-in", `${name}.csr`, ...signer, ...content, "-out", `${name}.pem`]);
  };
  const issuing = "/O=Nodeseal/CN=issuing G1";
  make("root", "/O=Nodeseal/CN=root G1", "root", "ca", "1");
  make("issuing", issuing, "root", "ca", "2");
  make("false", issuing, "false", "ca", "3");
  const nodeSubject = "/O=system:nodes/CN=system:node:one";
  make("node", nodeSubject, "issuing", "leaf", "0x0A1B2C");
  make("short", nodeSubject, "issuing", "leaf", "5", "1");
  make("stranger", nodeSubject, "false", "leaf", "6");
  make("alone", nodeSubject, "alone", "leaf", "7");
  make("below", nodeSubject, "node", "leaf", "8");
  const presented = (name: string, ...chain: readonly string[]): Presented => ({
    certificatePem: read(`${name}.pem`),
    chainPem: [name, ...chain].map((part) => read(`${part}.pem`)).join(""),
    keyPem: read(`${name}.key`),
  });
  return {
    trustBundlePem: read("issuing.pem") + read("root.pem"),
    node: presented("node", "issuing"),
    short: presented("short", "issuing"),
    stranger: presented("stranger", "false"),
    selfSigned: presented("alone"),
    leafOfLeaf: presented("below", "node", "issuing"),
  };
}

function openssl(args: readonly string[], input: string): string {
  return execFileSync("openssl", args, { input, encoding: "utf8" });
}
