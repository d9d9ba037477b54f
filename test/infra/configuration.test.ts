import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../core/policy.ts";
import { RefusalError } from "../../core/refusal.ts";
import { readConfigurationFile } from "../../infra/configuration-file.ts";
import { parseConfiguration } from "../../infra/configuration.ts";

const rule = { name: "nodes", group: "system:nodes", signerName: "kubernetes.io/kube-apiserver-client-kubelet" };
const certificateArn = "arn:aws:acm:eu-west-1:111111111111:certificate/0a";

const parse = (document: unknown, policyFile?: unknown) => parseConfiguration(document, () => policyFile);

describe("the configuration of a deployment", () => {
  it("has a default for everything", () => {
    const configuration = parse({});
    assert.equal(configuration.clusterName, "nodeseal");
    assert.equal(configuration.authority.keySpec, "P-256");
    assert.equal(configuration.nodeApi.reservedConcurrency, 100);
    assert.deepEqual(configuration.policy, DEFAULT_POLICY);
  });

  it("ships with a file that says nothing but the defaults", () => {
    assert.deepEqual(readConfigurationFile(join(import.meta.dirname, "../../nodeseal.config.json")), parse({}));
  });

  it("takes a policy inline or from a file", () => {
    const policy = { version: "1", rules: [rule] };
    assert.equal(parse({ policy }).policy.version, "1");
    assert.equal(parse({ policyFile: "policy.json" }, policy).policy.version, "1");
  });

  const refused: readonly { why: string; document: unknown; message: RegExp; policyFile?: unknown }[] = [
    {
      why: "an unknown member",
      document: { clustername: "a" },
      message: /must not have the member "clustername"/,
    },
    {
      why: "an unknown member deep inside",
      document: { nodeApi: { memory: 1 } },
      message: /"nodeApi" must not have the member "memory"/,
    },
    {
      why: "an issuing CA that would outlive the root",
      document: { authority: { rootLifetimeDays: 10, issuingLifetimeDays: 11 } },
      message: /"authority" must not have an issuingLifetimeDays above its rootLifetimeDays/,
    },
    {
      why: "a certificate lifetime beyond the issuing CA's",
      document: {
        authority: { issuingLifetimeDays: 10 },
        policy: { version: "1", rules: [{ ...rule, maxLifetimeSeconds: 864_001 }] },
      },
      message: /"policy\.rules\[0\]\.maxLifetimeSeconds" must be at most 864000/,
    },
    {
      why: "a policy that names an unknown profile",
      document: { policy: { version: "1", rules: [{ ...rule, signerName: "example.com/none" }] } },
      message: /"policy\.rules\[0\]\.signerName" .* must be one of kubernetes\.io/,
    },
    {
      why: "a policy file that names an unknown profile",
      document: { policyFile: "policy.json" },
      policyFile: { version: "1", rules: [{ ...rule, signerName: "example.com/none" }] },
      message: /"policyFile\.rules\[0\]\.signerName"/,
    },
    {
      why: "a domain without certificate",
      document: { domains: { mutualTls: { name: "mtls.example.com" } } },
      message: /"domains\.mutualTls\.certificateArn" is missing/,
    },
    {
      why: "one domain for those with and without certificate",
      document: {
        domains: {
          api: { name: "a.example.com", certificateArn },
          mutualTls: { name: "a.example.com", certificateArn },
        },
      },
      message: /must have two names in domains/,
    },
    ...["Ed25519", "ML-DSA-65", "P-521", 7].map((keySpec) => ({
      why: `${keySpec} is no key spec a truststore can use`,
      document: { authority: { keySpec } },
      message: /"authority\.keySpec" must be one of P-256, P-384, RSA-2048, RSA-3072, RSA-4096: mutual TLS/,
    })),
    {
      why: "an event bus by its ARN",
      document: { events: { busName: "arn:aws:events:eu-west-1:111111111111:event-bus/a" } },
      message: /"events\.busName" must be the name of an event bus of this account and Region, no ARN/,
    },
    ...(["authority", "events", "nodeApi", "adminApi"] as const).map((member) => ({
      why: `a reservation of ${member} that Lambda has not`,
      document: { [member]: { reservedConcurrency: 1001 } },
      message: new RegExp(`"${member}\\.reservedConcurrency" must be at most 1000`),
    })),
    {
      why: "a number of days CloudWatch Logs does not have",
      document: { retention: { logDays: 8 } },
      message: /"retention\.logDays" must be 7 or 14/,
    },
    {
      why: "two places for alarms",
      document: { alarms: { topicArn: "arn:aws:sns:eu-west-1:111111111111:a", email: "a@b" } },
      message: /must not have both alarms\.topicArn and alarms\.email/,
    },
    {
      why: "a cluster name that fits no role name",
      document: { clusterName: "a".repeat(33) },
      message: /"clusterName" must match/,
    },
  ];
  for (const { why, document, message, policyFile } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => parse(document, policyFile),
        (error) => error instanceof RefusalError && message.test(error.message),
      );
    });
  }
});
