import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { issueTlsCertificates, openTlsCertificates, type TlsCertificates } from "../../../local/data/tls.ts";
import { OPENSSL_SKIP, tryOpenssl } from "../../support/openssl.ts";
import { frontDoorHarness } from "../front-door/front-door.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const NOW = new Date();
const YEAR_MS = 365 * 24 * 3600 * 1000;

test("makes a CA and a server certificate that openssl verifies for each name", { skip: OPENSSL_SKIP }, (t) => {
  const { caCertificatePem, serverCertificatePem } = issueTlsCertificates(NOW);
  const directory = temporaryDirectory(t);
  const [ca, server] = [join(directory, "ca.pem"), join(directory, "server.pem")];
  writeFileSync(ca, caCertificatePem);
  writeFileSync(server, serverCertificatePem);
  const verify = (...options: string[]) =>
    tryOpenssl(["verify", "-x509_strict", "-purpose", "sslserver", ...options, "-CAfile", ca, server]);
  for (const name of [
    ["-verify_hostname", "localhost"],
    ["-verify_ip", "127.0.0.1"],
    ["-verify_ip", "::1"],
  ]) {
    const { isGood, output } = verify(...name);
    assert.ok(isGood, output);
  }
  assert.ok(!verify("-verify_hostname", "example.com").isGood);
  const { output } = tryOpenssl(["x509", "-in", ca, "-noout", "-text"]);
  assert.match(output, /X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign/);
  assert.match(output, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  assert.match(output, /X509v3 Subject Key Identifier/);
});

test("is trusted by Node.js through the CA, which the server sends so that it can be pinned", async (t) => {
  const tls = issueTlsCertificates(NOW);
  const { port } = await frontDoorHarness(t, {
    tls: { certificateChainPem: tls.serverCertificatePem + tls.caCertificatePem, keyPem: tls.serverKeyPem },
  });
  for (const servername of ["localhost", undefined]) {
    const socket = connect({ host: "127.0.0.1", port, ca: tls.caCertificatePem, ...(servername && { servername }) });
    await once(socket, "secureConnect");
    const pinned = socket.getPeerCertificate(true).issuerCertificate.raw;
    assert.deepEqual(pinned, new X509Certificate(tls.caCertificatePem).raw);
    socket.destroy();
  }
  const stranger = connect({ host: "127.0.0.1", port, ca: issueTlsCertificates(NOW).caCertificatePem });
  const [error] = (await once(stranger, "error")) as [NodeJS.ErrnoException];
  assert.match(error.code ?? "", /SIGNATURE|SELF_SIGNED|UNABLE_TO/);
});

test("keeps its CA from one start to the next, and makes the server's certificate anew", (t) => {
  const file = join(temporaryDirectory(t), "tls.json");
  const first = openTlsCertificates(file, NOW);
  const second = openTlsCertificates(file, new Date(NOW.getTime() + 5 * YEAR_MS));
  assert.equal(second.caCertificatePem, first.caCertificatePem);
  assert.notEqual(second.serverCertificatePem, first.serverCertificatePem);
  assertServerIsBy(second);
  assert.ok(new X509Certificate(second.serverCertificatePem).validToDate.getTime() > NOW.getTime() + 6 * YEAR_MS);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("makes a new CA before the old one could expire under a server certificate", (t) => {
  const file = join(temporaryDirectory(t), "tls.json");
  const first = openTlsCertificates(file, NOW);
  const second = openTlsCertificates(file, new Date(NOW.getTime() + 9 * YEAR_MS));
  assert.notEqual(second.caCertificatePem, first.caCertificatePem);
  assertServerIsBy(second);
  const subjects = [first, second].map(({ caCertificatePem }) => new X509Certificate(caCertificatePem).subject);
  assert.notEqual(subjects[0], subjects[1]);
});

for (const { why, damage } of [
  { why: "is cut off", damage: (text: string) => text.slice(0, 50) },
  {
    why: "holds the key of another CA",
    damage: (text: string) =>
      JSON.stringify({ ...(JSON.parse(text) as object), caKeyPem: issueTlsCertificates(NOW).caKeyPem }),
  },
]) {
  test(`says so when the TLS file ${why}, and leaves it alone`, (t) => {
    const file = join(temporaryDirectory(t), "tls.json");
    openTlsCertificates(file, NOW);
    const damaged = damage(readFileSync(file, "utf8"));
    writeFileSync(file, damaged);
    assert.throws(() => openTlsCertificates(file, NOW), {
      name: "StartError",
      message: `the TLS file ${file} is damaged; remove it to have a new TLS CA made`,
    });
    assert.equal(readFileSync(file, "utf8"), damaged);
  });
}

function assertServerIsBy({ caCertificatePem, serverCertificatePem }: TlsCertificates): void {
  const [ca, server] = [new X509Certificate(caCertificatePem), new X509Certificate(serverCertificatePem)];
  assert.ok(server.checkIssued(ca) && server.verify(ca.publicKey));
  assert.notEqual(sha256(server.raw), sha256(ca.raw));
}

function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
