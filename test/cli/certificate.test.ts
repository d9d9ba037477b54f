import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import {
  certificateItem,
  fromNow,
  IN_6_DAYS_3_HOURS,
  KUBELET_SIGNER,
  REQUEST_NAME,
  SERIAL_NUMBER,
} from "./support/canned-items.ts";
import { trustBundlePem } from "../../core/authority/authority.ts";
import { testAuthorities } from "../support/authorities.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const CHAIN_PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const OPENSSL_SPELLING = "serial=4F8A1C00D2E94B7C8B1F5A3E6D7C9B0A";

describe("nodeseal cert", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const cert = (...args: string[]): Promise<CliResult> => runCli(["cert", ...args], environmentOf(server));

  it("lists certificates with how long they last", async () => {
    const [notAfter, past] = [fromNow(IN_6_DAYS_3_HOURS), fromNow(-3600)];
    server.respond(() => ({
      body: {
        items: [certificateItem({ notAfter }), certificateItem({ notAfter: past, state: "Expired", tokenId: null })],
      },
    }));
    assert.deepEqual(await cert("list"), {
      status: 0,
      stdout: [
        "SERIALNUMBER\tNODE\tSTATE\tTTL\tEXPIRES\tTOKEN\tSIGNERNAME",
        `${SERIAL_NUMBER}\tworker-1\tIssued\t6d3h\t${notAfter}\tabcdef\t${KUBELET_SIGNER}`,
        `${SERIAL_NUMBER}\tworker-1\tExpired\t<expired>\t${past}\t<none>\t${KUBELET_SIGNER}`,
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("asks for what the filters say", async () => {
    server.respond(() => ({ body: { items: [] } }));
    await cert("list", "--node", "system:node:worker-1", "--state", "issued", "--expires-before", "2030-06-01");
    assert.deepEqual(server.requests[0]?.query, {
      node: "worker-1",
      state: "Issued",
      expiresBefore: "2030-06-01T00:00:00Z",
      limit: "100",
    });
  });

  it("finds the certificates of one token, through all pages", async () => {
    server.respond(({ query }) =>
      query["cursor"] === undefined
        ? {
            body: {
              items: [certificateItem(), certificateItem({ tokenId: "k2j4h5", nodeName: "other" })],
              cursor: "2",
            },
          }
        : { body: { items: [certificateItem({ nodeName: "worker-2" }), certificateItem({ tokenId: null })] } },
    );
    const { stdout } = await cert("list", "--token", "abcdef.0123456789abcdef", "-o", "json");
    const { items } = JSON.parse(stdout) as { readonly items: readonly { readonly nodeName: string }[] };
    assert.deepEqual(
      items.map(({ nodeName }) => nodeName),
      ["worker-1", "worker-2"],
    );
    assert.ok(!JSON.stringify(server.requests).includes("0123456789abcdef"));
  });

  it("shows one by the serial number that openssl prints, with its chain", async () => {
    const [notBefore, notAfter] = [fromNow(-(4 * 3600 + 30 * 60 + 30)), fromNow(IN_6_DAYS_3_HOURS)];
    const revocation = { reason: "keyCompromise", by: "arn:aws:iam::1:user/a", at: notBefore };
    server.respond(() => ({
      body: {
        ...certificateItem({ notBefore, notAfter, createdAt: notBefore, state: "Revoked", revocation }),
        certificate: CHAIN_PEM,
      },
    }));
    const { stdout } = await cert("show", OPENSSL_SPELLING);
    assert.equal(
      stdout,
      [
        `Serial number:       ${SERIAL_NUMBER}`,
        "State:               Revoked",
        "Subject:             CN=system:node:worker-1,O=system:nodes",
        "Node:                worker-1",
        `Not before:          ${notBefore} (4h30m ago)`,
        `Not after:           ${notAfter} (in 6d3h)`,
        "Issuer:              issuing-g1",
        `Signer name:         ${KUBELET_SIGNER}`,
        "Requestor:           system:bootstrap:abcdef",
        "Token:               abcdef",
        `Request:             ${REQUEST_NAME}`,
        `Key (SPKI SHA-256):  ${"a".repeat(64)}`,
        `Created:             ${notBefore} (4h30m ago)`,
        `Revoked:             ${notBefore} (4h30m ago)`,
        "Revoked by:          arn:aws:iam::1:user/a",
        "Reason:              keyCompromise",
        "",
        CHAIN_PEM,
      ].join("\n"),
    );
    assert.equal(server.requests[0]?.target, `/v1/admin/certificates/${SERIAL_NUMBER}`);
    assert.equal((await cert("show", SERIAL_NUMBER, "--pem")).stdout, CHAIN_PEM);
  });

  it("shows every field of the chain as text", async () => {
    const { bundle } = await testAuthorities();
    server.respond(() => ({ body: { ...certificateItem(), certificate: trustBundlePem(bundle) } }));
    const { stdout, status } = await cert("show", SERIAL_NUMBER, "--text");
    assert.equal(status, 0);
    assert.match(stdout, /^Certificate:\n {2}Data:\n/);
    assert.match(stdout, /Subject: O=Nodeseal, CN=nodeseal issuing G1\n.*Subject: O=Nodeseal, CN=nodeseal root G1\n/s);
    const inJson = (await cert("show", SERIAL_NUMBER, "--text", "-o", "json")).stdout;
    assert.ok(inJson.includes(JSON.stringify(trustBundlePem(bundle))));
  });

  it("says that a certificate cannot be read, and what else can be tried", async () => {
    server.respond(() => ({ body: { ...certificateItem(), certificate: CHAIN_PEM } }));
    const { status, stdout, stderr } = await cert("show", SERIAL_NUMBER, "--text");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^nodeseal: the answer's certificate cannot be read by @peculiar\/x509: .*leave out --text/);
    assert.equal((await cert("show", SERIAL_NUMBER, "--text", "--pem")).status, 2);
  });

  it("revokes, and says what that does not undo", async () => {
    const notAfter = fromNow(IN_6_DAYS_3_HOURS);
    server.respond(() => ({ body: certificateItem({ state: "Revoked", notAfter }) }));
    assert.deepEqual(await cert("revoke", `0x${SERIAL_NUMBER.toUpperCase()}`, "--reason", "key-compromise"), {
      status: 0,
      stdout: [
        `certificate ${SERIAL_NUMBER} of worker-1 revoked (keyCompromise): it cannot be renewed any more`,
        `  not undone: servers that do not read the CRL accept it until ${notAfter}`,
        "  not undone: worker-1 may join again with a bootstrap token; to forbid that: nodeseal node revoke worker-1",
        "",
      ].join("\n"),
      stderr: "",
    });
    const [request] = server.requests;
    assert.equal(request?.target, `/v1/admin/certificates/${SERIAL_NUMBER}/revocation`);
    assert.equal(request.body, '{"reason":"keyCompromise"}');
  });

  it("tells the reason of the first revocation, which stays", async () => {
    const revocation = { reason: "superseded", by: "arn:aws:iam::1:user/a", at: fromNow(-60) };
    server.respond(() => ({ body: certificateItem({ state: "Revoked", revocation }) }));
    const { stdout } = await cert("revoke", SERIAL_NUMBER);
    assert.match(stdout, /revoked \(superseded\)/);
    assert.equal(server.requests[0]?.body, '{"reason":"unspecified"}');
  });
});
