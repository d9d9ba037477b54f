import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { readConfigurationFile } from "../../../infra/configuration/configuration-file.ts";
import { Match } from "aws-cdk-lib/assertions";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";
import { openTlsCertificates } from "../../../local/data/tls.ts";
import { synthesizedTemplates } from "../../support/synthesized-templates.ts";

const rule = { name: "nodes", group: "system:nodes", signerName: "kubernetes.io/kube-apiserver-client-kubelet" };
const certificateArn = "arn:aws:acm:eu-west-1:111111111111:certificate/0a";

const edgeCertificateArn = "arn:aws:acm:us-east-1:111111111111:certificate/0b";

const parse = (document: unknown, policyFile?: unknown, caFile = "") =>
  parseConfiguration(
    document,
    () => policyFile,
    () => caFile,
  );

const role = "arn:aws:iam::111111111111:role";
const tlsDirectory = mkdtempSync(join(tmpdir(), "nodeseal-ca-"));
const tls = openTlsCertificates(join(tlsDirectory, "tls.json"), new Date());
rmSync(tlsDirectory, { recursive: true });

describe("the configuration of a deployment", () => {
  it("has a default for everything", () => {
    const configuration = parse({});
    assert.equal(configuration.clusterName, "nodeseal");
    assert.equal(configuration.authority.keySpec, "P-256");
    assert.equal(configuration.nodeApi.reservedConcurrency, 100);
    assert.deepEqual(configuration.policy, DEFAULT_POLICY);
  });

  it("ships with a file that says nothing but the defaults", () => {
    assert.deepEqual(readConfigurationFile(join(import.meta.dirname, "../../../nodeseal.config.json")), parse({}));
  });

  it("has no Kubernetes API unless it is asked for", () => {
    assert.equal(parse({}).kubernetes, undefined);
    assert.equal(parse({ kubernetes: { enabled: false } }).kubernetes, undefined);
    const settings = parse({ kubernetes: { administratorArns: [`${role}/a/AWSReservedSSO_Admin_*`] } }).kubernetes;
    assert.deepEqual([settings?.watchSeconds, settings?.watchConcurrency], [20, 50]);
    assert.equal(settings?.caPem, undefined);
  });

  it("takes CA certificates for cluster-info from a file, and nothing that stands around them", () => {
    const { kubernetes } = parse({ kubernetes: { caFile: "ca.pem" } }, undefined, `secret?\n${tls.caCertificatePem}`);
    assert.equal(kubernetes?.caPem?.trim(), tls.caCertificatePem.trim());
  });

  it("can leave every function to the pool of a small account, as the example does", () => {
    const small = readConfigurationFile(join(import.meta.dirname, "../../../docs/examples/small-account.json"));
    const { nodeApi, adminApi, authority, events } = small;
    for (const { reservedConcurrency } of [nodeApi, adminApi, authority, events])
      assert.equal(reservedConcurrency, null);
    synthesizedTemplates({
      nodeApi: { reservedConcurrency: null },
      adminApi: { reservedConcurrency: null },
      authority: { reservedConcurrency: null },
      events: { reservedConcurrency: null },
    }).service.allResourcesProperties("AWS::Lambda::Function", { ReservedConcurrentExecutions: Match.absent() });
  });

  it("has every member in the table of docs/deploying.md", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/deploying.md"), "utf8");
    for (const member of Object.keys(parse({})))
      assert.match(page, new RegExp(`^\\| [^|]*\`${member}[\`.]`, "m"), member);
  });

  it("takes a policy inline or from a file", () => {
    const policy = { version: "1", rules: [rule] };
    assert.equal(parse({ policy }).policy.version, "1");
    assert.equal(parse({ policyFile: "policy.json" }, policy).policy.version, "1");
  });

  const caRefusals = [
    { why: "a CA file without a certificate", caFile: "none", message: /"kubernetes\.caFile" holds no certificate/ },
    {
      why: "a CA file with a key",
      caFile: tls.serverKeyPem,
      message: /"kubernetes\.caFile" holds a [A-Z ]*PRIVATE KEY/,
    },
    {
      why: "a CA file with a server's certificate",
      caFile: tls.serverCertificatePem,
      message: /is no CA's certificate/,
    },
    { why: "a CA file of rubbish", caFile: tls.caCertificatePem.replace("MII", "AII"), message: /cannot be read/ },
  ];
  for (const { why, caFile, message } of caRefusals) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => parse({ kubernetes: { caFile: "ca.pem" } }, undefined, caFile),
        (error) => error instanceof RefusalError && message.test(error.message),
      );
    });
  }

  const refused: readonly { why: string; document: unknown; message: RegExp; policyFile?: unknown }[] = [
    ...[`${role}/*`, `${role}/path/*`, "*", "arn:aws:sts::111111111111:assumed-role/a/b", "111111111111"].map(
      (arn) => ({
        why: `${arn} as an administrator of Kubernetes' API`,
        document: { kubernetes: { administratorArns: [arn] } },
        message: /"kubernetes\.administratorArns\[0\]" must be the ARN of an IAM role or user/,
      }),
    ),
    {
      why: "more administrators than fit an environment",
      document: { kubernetes: { administratorArns: Array.from({ length: 40 }, () => `${role}/${"a".repeat(60)}`) } },
      message: /"kubernetes\.administratorArns" must have at most 2048 characters together/,
    },
    {
      why: "a watch beyond API Gateway's patience",
      document: { kubernetes: { watchSeconds: 26 } },
      message: /"kubernetes\.watchSeconds" must be at most 25/,
    },
    {
      why: "watches that nobody may hold",
      document: { kubernetes: { watchConcurrency: 0 } },
      message: /"kubernetes\.watchConcurrency" must be at least 1/,
    },
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
      why: "an edge whose certificate CloudFront cannot have",
      document: { edge: { name: "e.example.com", certificateArn, originCertificateArn: certificateArn } },
      message: /"edge\.certificateArn" must be the ARN of an ACM certificate in us-east-1/,
    },
    {
      why: "an edge without a certificate for the API behind it",
      document: { edge: { name: "e.example.com", certificateArn: edgeCertificateArn } },
      message: /"edge\.originCertificateArn" is missing/,
    },
    ...["api", "mutualTls"].map((other) => ({
      why: `an edge with the name of domains.${other}`,
      document: {
        edge: { name: "e.example.com", certificateArn: edgeCertificateArn, originCertificateArn: certificateArn },
        domains: { [other]: { name: "e.example.com", certificateArn } },
      },
      message: /must have a name in edge that is not in domains/,
    })),
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
    ...["Ed448", "P-521", 7].map((keySpec) => ({
      why: `${keySpec}, which is no key spec`,
      document: { authority: { keySpec } },
      message: /"authority\.keySpec" must be "P-256" or "P-384" or/,
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
      why: "an alarm for no overdue node",
      document: { alarms: { overdueNodes: 0 } },
      message: /alarms\.overdueNodes/,
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
