import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { boundAudience, csrHash } from "../../../core/attestation/csr-binding.ts";
import { attestedService, type AttestedService } from "../../support/attested-service.ts";
import { buildCsr, subjectOf } from "../../support/certificate-requests.ts";
import { jwksOf, newTestKey, signToken, type TokenPlan } from "../../support/identity-issuer.ts";
import { csrOf, keyPairOf } from "../../support/node-requests.ts";

const ISSUER = "https://issuer.example";
const PINNED = "https://pinned.example";
const AUDIENCE = "https://nodeseal.example";
const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const NODE = { group: GROUP, signerName: "kubernetes.io/kube-apiserver-client-kubelet" };

const key = newTestKey("k1");
const other = newTestKey("k1");
const rsa = newTestKey("r1", "RS256");
const policy = {
  version: "identities",
  rules: [{ name: "nodes", ...NODE }],
  identityProviders: [
    { kind: "oidc", name: "ci", issuer: ISSUER, audience: AUDIENCE, csrHashClaim: "csr_sha256" },
    { kind: "oidc", name: "pinned", issuer: PINNED, audience: AUDIENCE, algorithms: ["ES256"], jwks: jwksOf(key, rsa) },
  ],
  identityRules: [
    {
      name: "machines",
      provider: "ci",
      claims: { team: ["infra", "infra-*"] },
      groups: [GROUP],
      nodeName: "{claims.host}",
    },
    {
      name: "loose",
      provider: "pinned",
      claims: { team: ["infra"] },
      groups: [GROUP],
      nodeName: "{claims.host}",
      binding: "optional",
    },
  ],
};

const csr = csrOf("h1").der;
const otherCsr = csrOf("h2").der;
const withoutName = buildCsr({ keyPair: keyPairOf("h1"), subject: subjectOf(["system:nodes"], undefined) });
const foreignName = csrOf("h1", "n2.example").der;

/** One way to be refused: each stands for one check, and for that one alone. */
interface Row {
  readonly check: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly plan?: Partial<TokenPlan>;
  readonly token?: (good: string) => string;
  readonly csr?: Uint8Array;
  readonly issuer?: string;
  readonly is: readonly [status: number, code: string, rule?: string | undefined, field?: string | undefined];
}

const CI = "identity provider ci";
const evidence = (rule?: string, field?: string) => [401, "invalid_evidence", rule, field] as const;
const hmacSecret = key.publicKey.export({ type: "spki", format: "pem" }).toString();

describe("identity tokens, forged, stale and of others", () => {
  let service: AttestedService;
  let claims: Readonly<Record<string, unknown>>;

  before(async () => {
    service = await attestedService(policy);
    service.keys.set(ISSUER, jwksOf(key));
    const iat = service.now();
    claims = {
      iss: ISSUER,
      sub: "machine-1",
      aud: boundAudience(AUDIENCE, csr),
      iat,
      exp: iat + 300,
      team: "infra",
      host: "n1.example",
    };
  });

  const HOUR = 3600;
  const now = (): number => service.now();
  const rows = (): readonly Row[] => [
    { check: "the issuer", claims: { iss: "https://other.example" }, is: evidence(undefined, "claims.iss") },
    { check: "the issuer exactly: a slash more", claims: { iss: `${ISSUER}/` }, is: evidence(undefined, "claims.iss") },
    { check: "the issuer exactly: a dot more", claims: { iss: `${ISSUER}.` }, is: evidence(undefined, "claims.iss") },
    {
      check: "the issuer exactly: a user",
      claims: { iss: "https://issuer.example@evil.example" },
      is: evidence(undefined, "claims.iss"),
    },
    { check: "the issuer exactly: a path", claims: { iss: `${ISSUER}/evil` }, is: evidence(undefined, "claims.iss") },
    {
      check: "the issuer exactly: capitals",
      claims: { iss: "https://ISSUER.example" },
      is: evidence(undefined, "claims.iss"),
    },
    {
      check: "the issuer exactly: an IP address",
      claims: { iss: "https://169.254.169.254" },
      is: evidence(undefined, "claims.iss"),
    },
    { check: "the issuer is a text", claims: { iss: [ISSUER] }, is: evidence(undefined, "claims.iss") },
    { check: "the signature", plan: { key: other }, is: evidence(CI) },
    { check: "the signature is there", plan: { signature: "" }, is: evidence(CI) },
    {
      check: "the signature covers the claims",
      token: (good) => replaced(good, { ...claims, host: "n3.example" }),
      is: evidence(CI),
    },
    { check: "the algorithm: none", plan: { header: { alg: "none" }, signature: "" }, is: evidence(CI) },
    {
      check: "the algorithm: HS256 with the public key",
      plan: { header: { alg: "HS256" }, hmacSecret },
      is: evidence(CI),
    },
    {
      check: "the algorithm is one of the provider's",
      issuer: PINNED,
      plan: { key: rsa },
      is: evidence("identity provider pinned"),
    },
    {
      check: "a critical header that is not understood",
      plan: { header: { crit: ["exp"], exp: 1 } },
      is: evidence(CI),
    },
    {
      check: "a key of the token's own",
      plan: { key: other, header: { kid: undefined, jwk: jwksOf(other).keys[0] } },
      is: evidence(CI),
    },
    { check: "the key is one of the issuer's", plan: { header: { kid: "k9" } }, is: evidence(CI) },
    { check: "the audience", claims: { aud: "https://elsewhere.example" }, is: evidence(CI, "claims.aud") },
    { check: "the audience begins alike", claims: { aud: `${AUDIENCE}.evil` }, is: evidence(CI, "claims.aud") },
    { check: "the audience is there", claims: { aud: undefined }, is: evidence(CI, "claims.aud") },
    {
      check: "the audience is nobody else",
      claims: { aud: [boundAudience(AUDIENCE, csr), "https://elsewhere.example"] },
      is: evidence(CI, "claims.aud"),
    },
    { check: "the subject is there", claims: { sub: undefined }, is: evidence(CI, "claims.sub") },
    { check: "the subject is not empty", claims: { sub: "" }, is: evidence(CI, "claims.sub") },
    { check: "the expiry", claims: { exp: now() }, is: evidence(CI, "claims.exp") },
    { check: "the expiry is there", claims: { exp: undefined }, is: evidence(CI, "claims.exp") },
    { check: "the expiry is a number", claims: { exp: String(now() + HOUR) }, is: evidence(CI, "claims.exp") },
    { check: "the time of issue is there", claims: { iat: undefined }, is: evidence(CI, "claims.iat") },
    { check: "the time of issue is not to come", claims: { iat: now() + 61 }, is: evidence(CI, "claims.iat") },
    { check: "the age", claims: { iat: now() - HOUR - 1 }, is: evidence(CI, "claims.iat") },
    { check: "the time from which it is valid", claims: { nbf: now() + 61 }, is: evidence(CI, "claims.nbf") },
    { check: "the time from which it is valid is a number", claims: { nbf: "soon" }, is: evidence(CI, "claims.nbf") },
    { check: "the CSR of the audience", csr: otherCsr, is: evidence(CI) },
    { check: "the CSR of the claim", claims: { csr_sha256: csrHash(otherCsr) }, is: evidence(CI) },
    { check: "the CSR's hash is a text", claims: { csr_sha256: [csrHash(csr)] }, is: evidence(CI) },
    {
      check: "the CSR where the rule leaves the binding open",
      issuer: PINNED,
      claims: { aud: boundAudience(AUDIENCE, otherCsr) },
      is: evidence("identity provider pinned"),
    },
    {
      check: "a binding, where the rule demands one",
      claims: { aud: AUDIENCE },
      is: [403, "denied_by_policy", "machines", "binding"],
    },
    {
      check: "the claims of the rule",
      claims: { team: "web" },
      is: [403, "denied_by_policy", "machines", "claims.team"],
    },
    {
      check: "the claims of the rule, to the end",
      claims: { team: "infra2" },
      is: [403, "denied_by_policy", "machines", "claims.team"],
    },
    {
      check: "the claims of the rule are there",
      claims: { team: undefined },
      is: [403, "denied_by_policy", "machines", "claims.team"],
    },
    {
      check: "the name's claim is there",
      claims: { host: undefined },
      is: [403, "denied_by_policy", "machines", "claims.host"],
    },
    {
      check: "the name's claim is one",
      claims: { host: ["n1.example", "n2.example"] },
      is: [403, "denied_by_policy", "machines", "claims.host"],
    },
    {
      check: "the name's claim can be a name",
      claims: { host: "N1.example" },
      is: [403, "denied_by_policy", "machines", "claims.host"],
    },
    {
      check: "the name",
      csr: foreignName,
      claims: { aud: boundAudience(AUDIENCE, foreignName) },
      is: [403, "denied_by_policy", "machines", "subject.commonName"],
    },
    { check: "its length", claims: { padding: "x".repeat(6100) }, is: evidence() },
    {
      check: "its form",
      token: (good) => `${good.slice(0, 20)}=.${good.split(".").slice(1).join(".")}`,
      is: evidence(),
    },
    { check: "its payload is an object", token: (good) => replaced(good, [1]), is: evidence() },
  ];

  const tokenOf = ({ claims: changes, plan, token, issuer }: Omit<Row, "check" | "is">): string => {
    const base = issuer === undefined ? claims : { ...claims, iss: issuer };
    const made = signToken({ key, claims: { ...base, ...changes }, ...plan });
    return token?.(made) ?? made;
  };

  it("take a good one: another would be refused for nothing", async () => {
    const joined = await service.join(tokenOf({}), csr);
    assert.equal(joined.status, 201, JSON.stringify(joined.body));
    assert.equal(
      (
        await service.join(
          tokenOf({ issuer: PINNED, claims: { aud: AUDIENCE, host: "p1.example" } }),
          csrOf("p1", "p1.example").der,
        )
      ).status,
      201,
    );
  });

  it("refuse each for one check, which the refusal names, and never say the token", async () => {
    for (const row of rows()) {
      const token = tokenOf(row);
      const { status, body, headers } = await service.join(token, row.csr ?? csr);
      const got = [status, body["code"], body["rule"], body["field"]];
      assert.deepEqual(
        got,
        [...row.is, ...Array.from({ length: 4 - row.is.length }, () => undefined)],
        `${row.check}: ${JSON.stringify(body)}`,
      );
      const told = JSON.stringify([body, headers, service.logged]);
      for (const part of token.split(".")) assert.ok(part === "" || !told.includes(part), row.check);
    }
  });

  it("refuse a token that could be of two keys of the issuer", async () => {
    const twice = await attestedService(policy);
    twice.keys.set(ISSUER, jwksOf(key, other));
    const answer = await twice.join(tokenOf({}), csr);
    assert.deepEqual([answer.status, answer.body["code"], answer.body["rule"]], [401, "invalid_evidence", CI]);
    assert.match(String(answer.body["detail"]), /several keys/);
  });

  it("leave nothing behind when they are refused", async () => {
    const fresh = await attestedService(policy);
    fresh.keys.set(ISSUER, jwksOf(key));
    for (const row of rows()) await fresh.join(tokenOf(row), row.csr ?? csr);
    assert.deepEqual([fresh.harness.tables.nodes.size, fresh.harness.tables.issuances.size], [0, 0]);
  });

  it("are one and the same to a policy that believes nobody: no bootstrap token", async () => {
    const closed = await attestedService({ version: "closed", rules: policy.rules });
    const answer = await closed.join(tokenOf({}), csr);
    assert.equal(answer.status, 401);
    assert.deepEqual(closed.fetches, []);
  });

  it("need no name in the CSR: it comes from the claims", async () => {
    const fresh = await attestedService(policy);
    fresh.keys.set(ISSUER, jwksOf(key));
    const answer = await fresh.join(tokenOf({ claims: { aud: boundAudience(AUDIENCE, withoutName) } }), withoutName);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.deepEqual([...fresh.harness.tables.nodes.keys()], ["n1.example"]);
  });
});

/** The same header and signature over something else. */
function replaced(token: string, payload: unknown): string {
  const [header = "", , signature = ""] = token.split(".");
  return [header, Buffer.from(JSON.stringify(payload)).toString("base64url"), signature].join(".");
}
