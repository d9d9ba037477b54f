import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { ServerResponse } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { identityProviderKeySource } from "../../../adapters/identity-provider/key-source.ts";
import { issueTlsCertificates } from "../../../local/data/tls.ts";
import { jwksOf, newTestKey, signToken } from "../../support/identity-issuer.ts";

const key = newTestKey("k1");
const token = signToken({ key, claims: { sub: "somebody" } });

describe("an issuer's keys, over HTTPS", () => {
  let server: Server;
  let issuer: string;
  let ca: string;
  let asked: string[];
  let failures: string[];
  let routes: Record<string, (answer: ServerResponse) => void>;

  const json = (document: unknown) => (answer: ServerResponse) => void answer.end(JSON.stringify(document));
  const source = (timeoutMilliseconds = 20_000) =>
    identityProviderKeySource({
      ca,
      timeoutMilliseconds,
      failed: (error) => failures.push(error instanceof Error ? String(error.cause) : ""),
    });

  before(async () => {
    const certificates = issueTlsCertificates(new Date());
    ca = certificates.caCertificatePem;
    server = createServer(
      { cert: certificates.serverCertificatePem, key: certificates.serverKeyPem },
      ({ url = "" }, answer) => {
        asked.push(url);
        (routes[url] ?? ((to) => void to.writeHead(404).end()))(answer);
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    issuer = `https://localhost:${typeof address === "object" && address !== null ? address.port : 0}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    [asked, failures] = [[], []];
    routes = {
      "/.well-known/openid-configuration": json({ issuer, jwks_uri: `${issuer}/keys` }),
      "/keys": json(jwksOf(key)),
    };
  });

  it("are where its discovery document says", async () => {
    const keys = await source().fetch({ issuer, jwksUri: undefined });
    assert.equal(await keys?.judge(token, ["ES256"]), "valid");
    assert.deepEqual([asked, failures], [["/.well-known/openid-configuration", "/keys"], []]);
  });

  it("are where the deployment says, if it does", async () => {
    const keys = await source().fetch({ issuer: "https://issuer.example", jwksUri: `${issuer}/keys` });
    assert.equal(await keys?.judge(token, ["ES256"]), "valid");
    assert.deepEqual(asked, ["/keys"]);
  });

  const discovery = "/.well-known/openid-configuration";
  const cases: readonly { why: string; changes: () => typeof routes; is: RegExp; looks?: number; timeout?: number }[] =
    [
      {
        why: "a discovery document of somebody else",
        changes: () => ({ [discovery]: json({ issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` }) }),
        is: /another issuer/,
        looks: 1,
      },
      {
        why: "keys on another host",
        changes: () => ({ [discovery]: json({ issuer, jwks_uri: "https://169.254.169.254/keys" }) }),
        is: /another host/,
        looks: 1,
      },
      {
        why: "keys behind another port",
        changes: () => ({ [discovery]: json({ issuer, jwks_uri: "https://localhost:1/keys" }) }),
        is: /another host/,
        looks: 1,
      },
      {
        why: "keys without TLS",
        changes: () => ({ [discovery]: json({ issuer, jwks_uri: "http://localhost/keys" }) }),
        is: /no https URL/,
        looks: 1,
      },
      {
        why: "a redirection",
        changes: () => ({ "/keys": (to) => void to.writeHead(302, { location: `${issuer}/other` }).end() }),
        is: /status is 302/,
      },
      {
        why: "10 MB",
        changes: () => ({ "/keys": (to) => void to.end(Buffer.alloc(10_000_000, " ")) }),
        is: /more than 262144 bytes/,
      },
      { why: "silence", changes: () => ({ "/keys": () => undefined }), is: /abort|timeout/i, timeout: 300 },
      { why: "a drip", changes: () => ({ "/keys": drip }), is: /abort|timeout/i, timeout: 300 },
      {
        why: "an end too soon",
        changes: () => ({
          "/keys": (to) => (
            to.writeHead(200, { "content-length": 10 }),
            to.write("{"),
            void setImmediate(() => to.destroy())
          ),
        }),
        is: /aborted|ECONNRESET|socket/,
      },
      { why: "no JSON", changes: () => ({ "/keys": (to) => void to.end("<html>") }), is: /JSON/ },
      { why: "no set", changes: () => ({ "/keys": json([]) }), is: /no JWK set/ },
      {
        why: "a thousand keys",
        changes: () => ({ "/keys": json({ keys: Array.from({ length: 1000 }, () => ({ kty: "EC" })) }) }),
        is: /no JWK set/,
      },
    ];
  for (const { why, changes, is, looks = 2, timeout } of cases) {
    it(`are not had by ${why}`, async () => {
      Object.assign(routes, changes());
      assert.equal(await source(timeout).fetch({ issuer, jwksUri: undefined }), undefined);
      assert.equal(failures.length, 1);
      assert.match(failures[0] ?? "", is);
      if (timeout === undefined) assert.equal(asked.length, looks);
    });
  }

  it("are not had from a host that nobody vouches for", async () => {
    const trusting = identityProviderKeySource({ failed: (error) => failures.push(String((error as Error).cause)) });
    assert.equal(await trusting.fetch({ issuer, jwksUri: undefined }), undefined);
    assert.match(failures[0] ?? "", /certificate/);
  });

  it("of kinds that nobody can use are left out, and do not hide the others", async () => {
    routes["/keys"] = json({
      keys: [{ kty: "oct", k: "AAAA", kid: "k1" }, { kty: "AKP", kid: "x" }, ...jwksOf(key).keys],
    });
    const keys = await source().fetch({ issuer, jwksUri: undefined });
    assert.equal(await keys?.judge(token, ["ES256"]), "valid");
  });
});

/** A byte at a time, for as long as somebody listens. */
function drip(to: ServerResponse): void {
  to.write(" ");
  const timer = setInterval(() => to.write(" "), 50);
  to.on("close", () => {
    clearInterval(timer);
  });
}
