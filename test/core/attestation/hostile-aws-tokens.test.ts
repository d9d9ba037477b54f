import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { csrHash } from "../../../core/attestation/csr-binding.ts";
import { attestedService, type Answer, type AttestedService } from "../../support/attested-service.ts";
import { jwksOf, newTestKey, signToken } from "../../support/identity-issuer.ts";
import { csrOf } from "../../support/node-requests.ts";

const DOMAIN = "tokens.sts.global.api.aws";
const OURS = `https://ours-1.${DOMAIN}`;
const LISTED = `https://listed-1.${DOMAIN}`;
const FOREIGN = `https://foreign-1.${DOMAIN}`;
const AUDIENCE = "https://nodeseal.example";
const ORGANIZATION = "o-a1b2c3d4e5";
const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const INSTANCE = "i-0abc1234def567890";

const key = newTestKey("a1", "ES384");
const policy = {
  version: "aws",
  rules: [{ name: "nodes", group: GROUP, signerName: "kubernetes.io/kube-apiserver-client-kubelet" }],
  identityProviders: [
    { kind: "aws", name: "org", audience: AUDIENCE, organizations: [ORGANIZATION] },
    { kind: "aws", name: "account", audience: AUDIENCE, issuers: [LISTED], organizations: ["o-bbbbbbbbbb"] },
  ],
  identityRules: [
    {
      name: "instances",
      provider: "org",
      claims: { "aws.ou_path": [`${ORGANIZATION}/r-ab12/ou-nodes/*`], "aws.aws_account": ["111122223333"] },
      groups: [GROUP],
      nodeName: "{instance-id}.nodes",
    },
    {
      name: "listed",
      provider: "account",
      claims: { sub: ["*:role/nodes"] },
      groups: [GROUP],
      nodeName: "{instance-id}",
    },
  ],
};
const csr = csrOf("h1", `${INSTANCE}.nodes`).der;
const CI = "identity provider org";

/** In the form of the IAM User Guide, "Understanding token claims". */
interface AwsClaims {
  readonly account?: unknown;
  readonly organization?: unknown;
  readonly path?: unknown;
  readonly instance?: unknown;
  readonly tags?: unknown;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly alg?: "ES256";
}

describe("AWS' identity tokens, of others", () => {
  let service: AttestedService;

  before(async () => {
    service = await attestedService(policy);
    for (const issuer of [OURS, LISTED, FOREIGN]) service.keys.set(issuer, jwksOf(key));
  });

  const tokenOf = (row: AwsClaims): string => {
    const iat = service.now();
    const { account = "111122223333", organization = ORGANIZATION } = row;
    const own = {
      aws_account: account,
      org_id: organization,
      ou_path: "path" in row ? row.path : [`${ORGANIZATION}/r-ab12/ou-nodes/ou-eu/`],
      ec2_source_instance_arn:
        "instance" in row ? row.instance : `arn:aws:ec2:eu-central-1:${String(account)}:instance/${INSTANCE}`,
      request_tags: "tags" in row ? row.tags : { "nodeseal-csr-sha256": csrHash(csr), other: "x" },
    };
    const claims = {
      iss: OURS,
      aud: AUDIENCE,
      sub: "arn:aws:iam::111122223333:role/nodes",
      iat,
      exp: iat + 300,
      jti: "1",
      "https://sts.amazonaws.com/": own,
    };
    const signer = row.alg === undefined ? key : newTestKey("a1", row.alg);
    return signToken({ key: signer, claims: { ...claims, ...row.claims } });
  };
  const join = (row: AwsClaims): Promise<Answer> => service.join(tokenOf(row), csr);
  const got = ({ status, body }: Answer) => [status, body["code"], body["rule"], body["field"]];

  const rows: readonly (AwsClaims & { check: string; is: readonly unknown[] })[] = [
    {
      check: "another organization",
      organization: "o-zzzzzzzzzz",
      is: [401, "invalid_evidence", undefined, "claims.iss"],
    },
    { check: "no organization", organization: null, is: [401, "invalid_evidence", undefined, "claims.iss"] },
    {
      check: "a listed issuer, of another organization",
      claims: { iss: LISTED },
      is: [401, "invalid_evidence", "identity provider account", "claims.aws.org_id"],
    },
    {
      check: "an organization that stands elsewhere",
      claims: { org_id: ORGANIZATION, "https://sts.amazonaws.com/": {} },
      is: [401, "invalid_evidence", undefined, "claims.iss"],
    },
    {
      check: "a claim that only looks like AWS' own",
      claims: { aws: { org_id: ORGANIZATION }, "https://sts.amazonaws.com/": "x" },
      is: [401, "invalid_evidence", undefined, "claims.iss"],
    },
    ...[
      `https://${DOMAIN}`,
      `https://a.b.${DOMAIN}`,
      `https://evil.example/.${DOMAIN}`,
      `https://evil.example#.${DOMAIN}`,
      `https://evil@ours-1.${DOMAIN}`,
      `https://ours-1.${DOMAIN}.`,
      `https://ours-1.${DOMAIN}/`,
      `https://ours-1.${DOMAIN}:8443`,
      `https://ours-1.${DOMAIN}.evil.example`,
      `http://ours-1.${DOMAIN}`,
      `https://xn--.${DOMAIN}`.replace("--", "--\u0430"),
      `https://OURS-1.${DOMAIN}`,
      `https://-x.${DOMAIN}`,
      `https://ours-1.${DOMAIN}\n`,
      "https://169.254.169.254",
    ].map((iss) => ({
      check: `the issuer ${JSON.stringify(iss)}`,
      claims: { iss },
      is: [401, "invalid_evidence", undefined, "claims.iss"],
    })),
    { check: "an algorithm that AWS does not sign with", alg: "ES256", is: [401, "invalid_evidence", CI, undefined] },
    { check: "an older token than five minutes", claims: { iat: 0 }, is: [401, "invalid_evidence", CI, "claims.iat"] },
    {
      check: "another account",
      account: "999999999999",
      is: [403, "denied_by_policy", "instances", "claims.aws.aws_account"],
    },
    {
      check: "another organizational unit",
      path: [`${ORGANIZATION}/r-ab12/ou-web/`],
      is: [403, "denied_by_policy", "instances", "claims.aws.ou_path"],
    },
    {
      check: "no organizational unit",
      path: undefined,
      is: [403, "denied_by_policy", "instances", "claims.aws.ou_path"],
    },
    {
      check: "the hash of another CSR",
      tags: { "nodeseal-csr-sha256": csrHash(csrOf("h2").der) },
      is: [401, "invalid_evidence", CI, undefined],
    },
    { check: "no request tag", tags: { other: "x" }, is: [403, "denied_by_policy", "instances", "binding"] },
    { check: "no request tags at all", tags: undefined, is: [403, "denied_by_policy", "instances", "binding"] },
    {
      check: "a tag of nearly the name",
      tags: { "Nodeseal-Csr-Sha256": csrHash(csr) },
      is: [403, "denied_by_policy", "instances", "binding"],
    },
    {
      check: "the tag with two values",
      tags: { "nodeseal-csr-sha256": [csrHash(csr), csrHash(csr)] },
      is: [401, "invalid_evidence", CI, undefined],
    },
    { check: "no instance", instance: undefined, is: [403, "denied_by_policy", "instances", "instance-id"] },
    {
      check: "a function in place of an instance",
      instance: "arn:aws:lambda:eu-central-1:111122223333:function:i-0abc1234def567890",
      is: [403, "denied_by_policy", "instances", "instance-id"],
    },
    {
      check: "an instance of another account",
      instance: `arn:aws:ec2:eu-central-1:999999999999:instance/${INSTANCE}`,
      is: [403, "denied_by_policy", "instances", "instance-id"],
    },
    {
      check: "another instance",
      instance: "arn:aws:ec2:eu-central-1:111122223333:instance/i-0abc1234def567891",
      is: [403, "denied_by_policy", "instances", "subject.commonName"],
    },
  ];

  it("are refused each for its own reason, and cost nobody a look at another host", async () => {
    for (const { check, is, ...row } of rows) {
      const answer = await join(row);
      assert.deepEqual(got(answer), is, `${check}: ${JSON.stringify(answer.body)}`);
    }
    for (const { issuer } of service.fetches) assert.ok([OURS, LISTED].includes(issuer), issuer);
    assert.deepEqual(service.harness.tables.nodes.size, 0);
  });

  it("are taken from an instance of ours, whose name AWS signed", async () => {
    const answer = await join({});
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const node = service.harness.tables.nodes.get(`${INSTANCE}.nodes`);
    assert.equal(node?.principal, `nodeseal:identity:org:arn:aws:ec2:eu-central-1:111122223333:instance/${INSTANCE}`);
  });

  it("of a foreign account with its own issuer cost one look at that issuer, and say no more than that", async () => {
    const answer = await join({ claims: { iss: FOREIGN }, alg: "ES256" });
    assert.deepEqual(got(answer), [401, "invalid_evidence", CI, undefined]);
    assert.ok(!service.fetches.some(({ issuer }) => issuer === FOREIGN));
  });

  it("that cannot be verified now are to be sent again", async () => {
    const answer = await join({ claims: { iss: `https://new-1.${DOMAIN}` } });
    assert.deepEqual(got(answer), [503, "identity_provider_unavailable", CI, undefined]);
    assert.equal(answer.headers["retry-after"], "60");
  });
});
