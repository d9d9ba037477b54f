import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { administratorToken } from "../../../../../cli/service/administrator-token.ts";
import { stsAdministrators } from "../../../../../lambdas/node-api/kubernetes/caller/administrators.ts";
import { askSts } from "../../../../../lambdas/node-api/kubernetes/caller/sts-caller.ts";
import { parseStsToken } from "../../../../../lambdas/node-api/kubernetes/caller/sts-token.ts";
import { localSts } from "../../../../../local/sts/server.ts";

const NOW = new Date("2030-05-05T12:00:00Z");
const CREDENTIALS = { accessKeyId: "AKIAABCDEFGHIJKLMNOP", secretAccessKey: "s".repeat(40) };
const HOST = "nodes.example:8443";

const tokenOf = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
const urlOf = (token: string): string => Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString();
const goodToken = async (changes = {}): Promise<string> =>
  (await administratorToken({ ...CREDENTIALS, ...changes }, "eu-central-1", HOST, NOW)).token;

describe("an administrator's token", () => {
  it("is read, and says where it may be asked about", async () => {
    const parsed = parseStsToken(await goodToken(), NOW);
    assert.equal(parsed?.host, "sts.eu-central-1.amazonaws.com");
    assert.match(parsed.target, /^\/\?Action=GetCallerIdentity&/);
    assert.deepEqual(parsed.expiresAt, new Date("2030-05-05T12:15:00Z"));
  });

  const forgeries: readonly { readonly why: string; readonly forge: (url: string) => string }[] = [
    { why: "another host", forge: (url) => url.replace("sts.eu-central-1.amazonaws.com", "sts.evil.example") },
    { why: "a host that only begins so", forge: (url) => url.replace("amazonaws.com/", "amazonaws.com.evil.example/") },
    { why: "a bucket that is called so", forge: (url) => url.replace("sts.eu-central-1", "sts.s3") },
    { why: "a user before the host", forge: (url) => url.replace("https://", "https://evil.example@") },
    { why: "another port", forge: (url) => url.replace(".com/", ".com:8080/") },
    { why: "no TLS", forge: (url) => url.replace("https://", "http://") },
    { why: "another path", forge: (url) => url.replace("/?", "/latest?") },
    { why: "a path that two parsers read differently", forge: (url) => url.replace("/?", "/\\evil.example/?") },
    { why: "another action", forge: (url) => url.replace("GetCallerIdentity", "AssumeRole") },
    { why: "an action twice", forge: (url) => `${url}&Action=AssumeRole` },
    { why: "a parameter nobody knows", forge: (url) => `${url}&RoleArn=x` },
    { why: "no audience signed", forge: (url) => url.replace("host%3Bx-k8s-aws-id", "host") },
    { why: "another header signed", forge: (url) => url.replace("x-k8s-aws-id", "x-other") },
    { why: "a fragment", forge: (url) => `${url}#x` },
    { why: "a line break", forge: (url) => `${url}\r\nx: y` },
  ];
  for (const { why, forge } of forgeries) {
    it(`is none with ${why}`, async () => {
      const token = await goodToken();
      const forged = tokenOf(forge(urlOf(token)));
      assert.notEqual(forged, token);
      assert.equal(parseStsToken(forged, NOW), undefined);
    });
  }

  it("is none before its time and after a quarter of an hour", async () => {
    const token = await goodToken();
    const at = (minutes: number) => parseStsToken(token, new Date(NOW.getTime() + minutes * 60_000));
    assert.deepEqual([at(-6), at(16)], [undefined, undefined]);
    assert.ok(at(14));
  });

  for (const text of ["", "k8s-aws-v1.", "k8s-aws-v1.%%%", "k8s-aws-v2.abc", "abcdef.0123456789abcdef"])
    it(`is none: ${JSON.stringify(text)}`, () => assert.equal(parseStsToken(text, NOW), undefined));
});

describe("administrators", () => {
  const sts = localSts({ credentials: CREDENTIALS, accountId: "111122223333", clock: () => NOW });
  let endpoint = "";
  before(async () => {
    endpoint = (await sts.start()).url;
  });
  after(() => sts.close());

  const ARN = "arn:aws:iam::111122223333:user/local-administrator";
  const check = (principals: readonly string[]) =>
    stsAdministrators({ principals, ask: askSts(endpoint), clock: () => NOW });

  it("are known by what STS says of their token", async () => {
    const identity = await check([ARN])(await goodToken(), HOST);
    assert.deepEqual(identity, { username: ARN, groups: ["nodeseal:administrators", "system:authenticated"] });
  });

  const refused = [
    { why: "is not on the list", principals: ["arn:aws:iam::111122223333:user/other"], changes: {}, host: HOST },
    { why: "made the token for another service", principals: [ARN], changes: {}, host: "other.example" },
    { why: "signed with another key", principals: [ARN], changes: { secretAccessKey: "t".repeat(40) }, host: HOST },
    { why: "has a key nobody knows", principals: [ARN], changes: { accessKeyId: "AKIAZZZZZZZZZZZZZZZZ" }, host: HOST },
  ];
  for (const { why, principals, changes, host } of refused) {
    it(`are not whoever ${why}`, async () => {
      assert.equal(await check(principals)(await goodToken(changes), host), undefined);
    });
  }

  const principals = [
    {
      arn: "arn:aws:sts::111122223333:assumed-role/Admin/ada",
      principal: "arn:aws:iam::111122223333:role/Admin",
      is: true,
    },
    {
      arn: "arn:aws:sts::111122223333:assumed-role/Admin/ada",
      principal: "arn:aws:iam::111122223333:role/team/Admin",
      is: true,
    },
    {
      arn: "arn:aws:sts::111122223333:assumed-role/Admin/ada",
      principal: "arn:aws:iam::111122223333:role/*",
      is: true,
    },
    {
      arn: "arn:aws:sts::999999999999:assumed-role/Admin/ada",
      principal: "arn:aws:iam::111122223333:role/Admin",
      is: false,
    },
    {
      arn: "arn:aws:sts::111122223333:assumed-role/Other/Admin",
      principal: "arn:aws:iam::111122223333:role/Admin",
      is: false,
    },
    { arn: "arn:aws:iam::111122223333:user/Admin", principal: "arn:aws:iam::111122223333:role/Admin", is: false },
  ];
  for (const { arn, principal, is } of principals) {
    it(`${is ? "are" : "are not"} ${arn} where ${principal} is`, async () => {
      const ask = () => Promise.resolve({ arn, accountId: "111122223333" });
      const identity = await stsAdministrators({ principals: [principal], ask, clock: () => NOW })(
        await goodToken(),
        HOST,
      );
      assert.equal(identity?.username, is ? arn : undefined);
    });
  }

  it("are asked for once a minute", async () => {
    let asked = 0;
    const ask = () => {
      asked++;
      return Promise.resolve({ arn: ARN, accountId: "111122223333" });
    };
    const again = stsAdministrators({ principals: [ARN], ask, clock: () => NOW });
    const token = await goodToken();
    await again(token, HOST);
    await again(token, HOST);
    assert.equal(asked, 1);
    await again(token, "other.example");
    assert.equal(asked, 2, "what was remembered for one host is not known of another");
  });

  it("are told that STS is not there", async () => {
    const unreachable = stsAdministrators({ principals: [ARN], ask: askSts("http://127.0.0.1:1"), clock: () => NOW });
    await assert.rejects(unreachable(await goodToken(), HOST), { name: "StatusError", reason: "ServiceUnavailable" });
  });
});
