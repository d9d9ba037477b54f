import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryTokenStore } from "../../../adapters/memory/token-store.ts";
import { parsePolicy } from "../../../core/policy/policy-document.ts";
import { randomBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { RefusalError, type RefusalCode } from "../../../core/refusal.ts";
import { createToken, type TokenRequest } from "../../../core/token/create-token.ts";
import type { TokenCeilings } from "../../../core/token/token-ceilings.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const ADA = "arn:aws:sts::111122223333:assumed-role/pki-approvers/ada";
const REQUEST: TokenRequest = {
  groups: undefined,
  ttlSeconds: undefined,
  expiration: undefined,
  maxUses: undefined,
  nodeNames: ["n1"],
  usages: undefined,
  sourceCidrs: [],
  allowReplace: false,
  description: "",
};

const made = async (tokens: TokenCeilings | undefined, change: Partial<TokenRequest>, by = ADA) => {
  const store = memoryTokenStore();
  const services = {
    policy: { tokens },
    tokens: store,
    clock: () => NOW,
    newToken: randomBootstrapToken,
    audit: () => undefined,
  };
  return (await createToken(services, { ...REQUEST, ...change }, by)).record;
};

const refuses = (code: RefusalCode, field: string, message: RegExp) => (error: unknown) =>
  error instanceof RefusalError && error.code === code && error.field === field && message.test(error.message);
const hence = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

describe("the ceilings of policy for tokens", () => {
  it("limit nothing where policy has none", async () => {
    const record = await made(undefined, { ttlSeconds: 0, nodeNames: [], allowReplace: true });
    assert.deepEqual([record.expiration, record.maxUses, record.allowReplace], [undefined, undefined, true]);
  });

  const TOO_LONG: readonly Partial<TokenRequest>[] = [
    { ttlSeconds: 0 },
    { ttlSeconds: 3601 },
    { expiration: hence(3602) },
  ];
  for (const change of TOO_LONG) {
    it(`refuse a token that lives too long: ${JSON.stringify(change)}`, async () => {
      const refused = refuses("malformed_request", "expiration", /3600 s at most/);
      await assert.rejects(made({ maxTtlSeconds: 3600 }, change), refused);
    });
  }

  it("let a token live as long as they say, also where nothing was said", async () => {
    const end = hence(3600);
    for (const change of [{}, { ttlSeconds: 3600 }, { expiration: end }])
      assert.deepEqual((await made({ maxTtlSeconds: 3600 }, change)).expiration, end);
    assert.deepEqual((await made({ maxTtlSeconds: 1e6 }, {})).expiration, hence(24 * 3600), "a day, as usual");
  });

  it("refuse more uses, and count those of a token that said nothing", async () => {
    await assert.rejects(
      made({ maxUses: 5 }, { maxUses: 6 }),
      refuses("malformed_request", "maxUses", /5 times at most.*got 6/),
    );
    assert.equal((await made({ maxUses: 5 }, {})).maxUses, 5);
    assert.equal((await made({ maxUses: 5 }, { maxUses: 2 })).maxUses, 2);
  });

  for (const nodeNames of [[], ["*"], ["n1", "**"]]) {
    it(`refuse a token for ${JSON.stringify(nodeNames)} where it must name nodes`, async () => {
      const refused = refuses("malformed_request", "nodeNames", /name the nodes/);
      await assert.rejects(made({ mustNameNodes: true }, { nodeNames }), refused);
    });
  }
  it("take a pattern for a name", async () => {
    assert.deepEqual((await made({ mustNameNodes: true }, { nodeNames: ["rack7-*"] })).nodeNames, ["rack7-*"]);
  });

  const BY: readonly (readonly [string, readonly string[], boolean])[] = [
    [ADA, ["arn:aws:iam::111122223333:role/pki-approvers"], true],
    [ADA, ["arn:aws:iam::111122223333:role/team/pki-*"], true],
    [ADA, ["arn:aws:iam::999922223333:role/pki-approvers"], false],
    [ADA, ["arn:aws:iam::111122223333:user/ada"], false],
    [ADA, ["arn:aws:iam::111122223333:role/pki"], false],
    [ADA, [], false],
  ];
  for (const [by, replaceBy, isAllowed] of BY) {
    it(`${isAllowed ? "let" : "do not let"} ${by} replace where ${JSON.stringify(replaceBy)} may`, async () => {
      assert.equal((await made({ replaceBy }, {}, by)).allowReplace, false, "without it, no matter");
      const asked = made({ replaceBy }, { allowReplace: true }, by);
      if (isAllowed) assert.equal((await asked).allowReplace, true);
      else await assert.rejects(asked, refuses("denied_by_policy", "allowReplace", /tokens\.replaceBy.*node release/));
    });
  }

  const FOREIGN: readonly unknown[] = [
    { maxTtlSeconds: 59 },
    { maxUses: 0 },
    { maxUses: 1001 },
    { mustNameNodes: "yes" },
    { replaceBy: ["*"] },
    { replaceBy: ["arn:aws:iam::111122223333:role/*"] },
    { maxTtl: 60 },
  ];
  for (const tokens of FOREIGN) {
    it(`cannot be ${JSON.stringify(tokens)}`, () => {
      assert.throws(() => parsePolicy({ version: "v", rules: [], tokens }), { code: "malformed_request" });
    });
  }
});
