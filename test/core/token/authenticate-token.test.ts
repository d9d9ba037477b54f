import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authenticateToken, presentedToken } from "../../../core/token/authenticate-token.ts";
import { hashTokenSecret } from "../../../core/token/bootstrap-token.ts";
import { hasRoomFor, identityOfToken, tokenStateOf, type TokenRecord } from "../../../core/token/token-record.ts";

const NOW = new Date("2030-05-05T12:00:00Z");
const TOKEN = { id: "07401b", secret: "f395accd246ae52d" };
const RECORD: TokenRecord = {
  tokenId: TOKEN.id,
  secretHash: hashTokenSecret(TOKEN),
  groups: ["system:bootstrappers:kubeadm:default-node-token"],
  usages: ["signing", "authentication"],
  expiration: new Date("2030-05-06T12:00:00Z"),
  maxUses: undefined,
  usedBy: new Set(),
  nodeNames: [],
  sourceCidrs: [],
  allowReplace: false,
  description: "",
  createdAt: NOW,
  createdBy: "test",
  revokedAt: undefined,
};
const spent: Partial<TokenRecord> = { maxUses: 1, usedBy: new Set(["csr-1"]) };
const refusal = {
  name: "RefusalError",
  code: "invalid_token",
  message: "the bootstrap token is not valid: it is unknown, wrong, expired or revoked",
};

describe("authenticateToken", () => {
  it("gives the stored token to who knows its secret", () => {
    assert.equal(authenticateToken(TOKEN, RECORD, NOW), RECORD);
  });

  const accepted: ({ why: string } & Partial<TokenRecord>)[] = [
    { why: "without an expiration", expiration: undefined },
    { why: "in its last millisecond", expiration: new Date(NOW.getTime() + 1) },
    { why: "that is spent: whether there is room is asked of the intent", ...spent },
    { why: "for authentication only", usages: ["authentication"] },
  ];
  for (const { why, ...changes } of accepted) {
    it(`takes a token ${why}`, () => {
      assert.doesNotThrow(() => authenticateToken(TOKEN, { ...RECORD, ...changes }, NOW));
    });
  }

  const refused: { why: string; presented?: typeof TOKEN; stored?: Partial<TokenRecord> | undefined }[] = [
    { why: "an unknown token", stored: undefined },
    { why: "a wrong secret", presented: { ...TOKEN, secret: "f395accd246ae52e" } },
    { why: "an expired token", stored: { expiration: new Date("2030-05-05T11:00:00Z") } },
    { why: "a token at the very moment of its expiration", stored: { expiration: NOW } },
    { why: "a revoked token", stored: { revokedAt: new Date("2030-05-05T11:00:00Z") } },
    { why: "a token that is revoked and spent", stored: { revokedAt: NOW, ...spent } },
    { why: "a token that is expired and spent", stored: { expiration: NOW, ...spent } },
    { why: "a token for signing only", stored: { usages: ["signing"] } },
    { why: "a token without usages", stored: { usages: [] } },
    { why: "a token stored with an empty hash", stored: { secretHash: new Uint8Array() } },
    { why: "a token stored with a hash of zeros", stored: { secretHash: new Uint8Array(32) } },
  ];
  for (const { why, presented = TOKEN, ...row } of refused) {
    it(`refuses ${why} in the one answer for all`, () => {
      const stored = "stored" in row && row.stored === undefined ? undefined : { ...RECORD, ...row.stored };
      assert.throws(() => authenticateToken(presented, stored, NOW), refusal);
    });
  }

  it("says the same to what is no token at all", () => {
    for (const text of [undefined, "", "x", "07401b", "07401B.f395accd246ae52d", "a".repeat(100_000)]) {
      assert.throws(() => presentedToken(text), refusal);
    }
    assert.deepEqual(presentedToken("07401b.f395accd246ae52d"), TOKEN);
  });
});

describe("a stored token", () => {
  const states: { state: string; why: string; changes: Partial<TokenRecord> }[] = [
    { state: "Active", why: "with room", changes: { maxUses: 2, usedBy: new Set(["csr-1"]) } },
    { state: "Spent", why: "without room", changes: spent },
    { state: "Spent", why: "that allows no use", changes: { maxUses: 0 } },
    { state: "Expired", why: "at its expiration", changes: { expiration: NOW, ...spent } },
    { state: "Revoked", why: "revoked before anything else", changes: { revokedAt: NOW, expiration: NOW, ...spent } },
  ];
  for (const { state, why, changes } of states) {
    it(`is ${state} when ${why}`, () => {
      assert.equal(tokenStateOf({ ...RECORD, ...changes }, NOW), state);
    });
  }

  it("has room for the intents that used it, and for others while there is any", () => {
    const token = { ...RECORD, ...spent };
    assert.ok(hasRoomFor(token, "csr-1"));
    assert.ok(!hasRoomFor(token, "csr-2"));
    assert.ok(hasRoomFor(RECORD, "csr-2"));
  });

  it("is Kubernetes' user: name by id, groups sorted, each once", () => {
    const groups = ["system:bootstrappers:z", "system:bootstrappers:a", "system:bootstrappers:z"];
    const {
      username,
      groups: of,
      token,
    } = identityOfToken({
      ...RECORD,
      groups,
      maxUses: 3,
      nodeNames: ["n*"],
      sourceCidrs: ["10.0.0.0/8"],
      allowReplace: true,
    });
    assert.equal(username, "system:bootstrap:07401b");
    assert.deepEqual(of, [
      "system:bootstrappers",
      "system:bootstrappers:a",
      "system:bootstrappers:z",
      "system:authenticated",
    ]);
    assert.deepEqual(token, {
      tokenId: "07401b",
      nodeNames: ["n*"],
      sourceCidrs: ["10.0.0.0/8"],
      maxUses: 3,
      allowReplace: true,
    });
  });
});
