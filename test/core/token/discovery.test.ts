import assert from "node:assert/strict";
import { createHmac, hash } from "node:crypto";
import { describe, it } from "node:test";
import { memoryTokenStore } from "../../../adapters/memory/token-store.ts";
import { hashTokenSecret } from "../../../core/token/bootstrap-token.ts";
import { createToken } from "../../../core/token/create-token.ts";
import { discover } from "../../../core/token/discover.ts";
import { discoveryKeyOf, signDiscovery } from "../../../core/token/discovery.ts";

const TOKEN = { id: "abcdef", secret: "0123456789abcdef" };
const NOW = new Date("2026-11-30T12:00:00Z");
const STATEMENT = {
  tokenId: TOKEN.id,
  url: "https://nodeseal.example/v1/discovery/abcdef",
  nonce: "n".repeat(22),
  trustBundleSha256: hash("sha256", "a bundle"),
};
const REQUEST = {
  groups: undefined,
  ttlSeconds: 600,
  expiration: undefined,
  maxUses: 1,
  nodeNames: [],
  usages: undefined,
  sourceCidrs: [],
  allowReplace: false,
  description: "",
};

async function storeWith(changes: object = {}, now = NOW) {
  const tokens = memoryTokenStore();
  const services = { policy: {}, tokens, clock: () => NOW, newToken: () => TOKEN, audit: () => undefined };
  await createToken(services, { ...REQUEST, ...changes }, "ada");
  return { tokens, clock: () => now };
}

describe("discovery", () => {
  it("is a JWS (HS256) over the address, the nonce and the trust bundle, as documented", async () => {
    const [header = "", payload = "", signature] = (await discover(await storeWith(), STATEMENT)).split(".");
    assert.deepEqual(JSON.parse(Buffer.from(header, "base64url").toString()), { alg: "HS256", kid: "abcdef" });
    assert.deepEqual(JSON.parse(Buffer.from(payload, "base64url").toString()), {
      url: STATEMENT.url,
      nonce: STATEMENT.nonce,
      trust_bundle_sha256: STATEMENT.trustBundleSha256,
    });
    const key = hash("sha256", "nodeseal discovery key abcdef.0123456789abcdef");
    assert.equal(signature, createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url"));
  });

  it("signs with what is of no use to join, and gives no way to it", () => {
    const key = discoveryKeyOf(TOKEN);
    const compared = hashTokenSecret(TOKEN).toString("hex");
    assert.notEqual(key, compared);
    // Neither is made of the other by what either is used for.
    assert.notEqual(key, hash("sha256", compared));
    assert.notEqual(compared, hash("sha256", key));
    assert.notEqual(signDiscovery(key, STATEMENT), signDiscovery(compared, STATEMENT));
  });

  it("changes with each thing that is signed", () => {
    const key = discoveryKeyOf(TOKEN);
    const signatures = [
      STATEMENT,
      { ...STATEMENT, tokenId: "abcdeg" },
      { ...STATEMENT, url: "https://other.example/v1/discovery/abcdef" },
      { ...STATEMENT, nonce: "m".repeat(22) },
      { ...STATEMENT, trustBundleSha256: hash("sha256", "another") },
    ].map((statement) => signDiscovery(key, statement).split(".")[2]);
    assert.equal(new Set(signatures).size, signatures.length);
  });

  for (const { why, changes, statement, now, code } of [
    { why: "a secret that somebody chose", changes: { hasChosenSecret: true }, code: "invalid_token" },
    { why: "an expired token", now: new Date(NOW.getTime() + 600_000), code: "invalid_token" },
    { why: "a token for signing only", changes: { usages: ["signing"] }, code: "invalid_token" },
    { why: "an unknown token", statement: { tokenId: "zzzzzz" }, code: "invalid_token" },
    { why: "an id that is none", statement: { tokenId: "../abcdef" }, code: "invalid_token" },
    { why: "a short nonce", statement: { nonce: "n".repeat(21) }, code: "malformed_request" },
    { why: "a nonce with quotes", statement: { nonce: `"${"n".repeat(22)}` }, code: "malformed_request" },
  ]) {
    it(`is refused for ${why}`, async () => {
      const services = await storeWith(changes, now);
      await assert.rejects(discover(services, { ...STATEMENT, ...statement }), { code });
    });
  }

  it("is refused for a revoked token", async () => {
    const services = await storeWith();
    await services.tokens.revoke(TOKEN.id, NOW);
    await assert.rejects(discover(services, STATEMENT), { code: "invalid_token" });
  });
});
