import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { parseStackDescription } from "../../cli/service/stack-description.ts";
import { ACCESS_KEY, startAdminServer, startSigningServer, type AdminServer } from "./support/admin-server.ts";
import { environmentOf, runCli } from "./support/cli.ts";

const STACK = "nodeseal";

/** As CloudFormation's reference has it. */
function described(outputs: Readonly<Record<string, string>>, status = "UPDATE_COMPLETE"): string {
  const members = Object.entries(outputs)
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join("\n");
  return `<?xml version="1.0"?>
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult>
    <Stacks>
      <member>
        <StackName>${STACK}</StackName>
        <StackId>arn:aws:cloudformation:eu-central-1:111122223333:stack/${STACK}/aaf549a0-a413-11df-adb3-5081b3858e83</StackId>
        <StackStatus>${status}</StackStatus>
        <Outputs>${members}</Outputs>
      </member>
    </Stacks>
  </DescribeStacksResult>
  <ResponseMetadata><RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId></ResponseMetadata>
</DescribeStacksResponse>`;
}

const refused = (code: string, message: string): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

describe("nodeseal --stack", () => {
  let service: AdminServer;
  let cloudFormation: AdminServer;
  before(async () => {
    service = await startAdminServer();
    cloudFormation = await startSigningServer("cloudformation");
    service.respond(() => ({ body: { items: [] } }));
  });
  after(() => Promise.all([service.close(), cloudFormation.close()]));

  const environment = (changes: Readonly<Record<string, string | undefined>> = {}) => {
    const all: Record<string, string | undefined> = {
      ...environmentOf(service),
      NODESEAL_URL: undefined,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      NODE_EXTRA_CA_CERTS: cloudFormation.caFile,
      ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  };
  const answer = (body: string, status = 200): void =>
    cloudFormation.respond(() => ({ status, body, headers: { "content-type": "text/xml" } }));

  it("finds the endpoint in the outputs, asked by a signed DescribeStacks", async () => {
    answer(described({ RootPin: "sha256:00", Url: service.url, NextCommand: "nodeseal token create" }));
    const { status, stderr } = await runCli(["--stack", STACK, "token", "list"], environment());
    assert.deepEqual([status, stderr], [0, ""]);
    const [asked] = cloudFormation.requests;
    assert.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
      Action: "DescribeStacks",
      Version: "2010-05-15",
      StackName: STACK,
    });
    assert.equal(asked?.isSigned, true);
    assert.equal(service.requests.at(-1)?.path, "/v1/admin/tokens");
  });

  it("is NODESEAL_STACK in the environment, and comes after every URL there", async () => {
    answer(described({ Url: service.url }));
    assert.equal((await runCli(["token", "list"], environment({ NODESEAL_STACK: STACK }))).status, 0);
    assert.equal(cloudFormation.requests.length, 1);
    const both = environment({ NODESEAL_STACK: STACK, NODESEAL_URL: service.url });
    assert.equal((await runCli(["token", "list"], both)).status, 0);
    assert.equal(cloudFormation.requests.length, 1, "a URL needs no stack");
    assert.equal((await runCli(["--stack", STACK, "token", "list"], both)).status, 0);
    assert.equal(cloudFormation.requests.length, 2, "the command line comes before the environment");
  });

  it("gives kubectl the address, so that it need not ask again", async () => {
    answer(described({ Url: service.url }));
    const { stdout } = await runCli(["--stack", STACK, "kubeconfig"], environment());
    assert.ok(stdout.includes(`server: ${service.url}`));
    assert.ok(!stdout.includes("--stack"));
  });

  it("takes the region of --region before that of the environment", async () => {
    answer(described({ Url: service.url }));
    await runCli(["--stack", STACK, "--region", "us-east-1", "token", "list"], environment());
    assert.match(cloudFormation.requests[0]?.headers.authorization ?? "", /\/us-east-1\/cloudformation\/aws4_request/);
  });

  const failures: readonly { why: string; body: string; status?: number; stack?: string; says: RegExp }[] = [
    {
      why: "a stack that is not there",
      body: refused("ValidationError", `Stack with id ${STACK} does not exist`),
      status: 400,
      says: /^nodeseal: there is no stack nodeseal in eu-central-1 for access key AKIA\w+; check its name, --region or AWS_REGION, and AWS_PROFILE\n$/,
    },
    {
      why: "a stack that is being made",
      body: described({}, "CREATE_IN_PROGRESS"),
      says: /the stack nodeseal has no output Url \(CREATE_IN_PROGRESS\); wait until its deployment is done/,
    },
    {
      why: "another stack",
      body: described({ Other: "x" }),
      says: /has no output Url \(UPDATE_COMPLETE\); is it the service's stack\? it has the name of the cluster/,
    },
    {
      why: "the stack of the state",
      body: described({}),
      stack: "nodeseal-state",
      says: /the service's own stack is nodeseal\n/,
    },
    {
      why: "a missing permission",
      body: refused("AccessDenied", "User is not authorized"),
      status: 403,
      says: /may not read the stack nodeseal: it needs cloudformation:DescribeStacks; or give --url/,
    },
    {
      why: "an unknown key",
      body: refused("InvalidClientTokenId", "The security token included in the request is invalid."),
      status: 403,
      says: /does not accept access key AKIA\w+: InvalidClientTokenId The security token included in the request is invalid\./,
    },
    { why: "an answer that is no XML", body: "{}", says: /CloudFormation's answer is not understood; give --url/ },
    { why: "an output that is no address", body: described({ Url: "http://x" }), says: /must begin with https:\/\// },
  ];
  for (const { why, body, status = 200, stack = STACK, says } of failures) {
    it(`says what to do about ${why}`, async () => {
      answer(body, status);
      const result = await runCli(["--stack", stack, "token", "list"], environment());
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, says);
      assert.equal(result.stderr.trim().split("\n").length, 1);
    });
  }

  const usage: readonly { why: string; argv: readonly string[]; changes?: object; says: RegExp }[] = [
    {
      why: "a URL and a stack",
      argv: ["--url", "https://x.example", "--stack", STACK],
      says: /--url or --stack, not both/,
    },
    { why: "a name that is none", argv: ["--stack", "../x"], says: /"\.\.\/x" is no name of a CloudFormation stack/ },
    {
      why: "no region",
      argv: ["--stack", STACK],
      changes: { AWS_REGION: undefined },
      says: /no AWS region: give --region/,
    },
    {
      why: "a region that is none",
      argv: ["--stack", STACK, "--region", "x.evil/"],
      says: /"x\.evil\/" is no AWS region/,
    },
    {
      why: "no credentials",
      argv: ["--stack", STACK],
      changes: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      says: /no AWS credentials: none are configured/,
    },
    {
      why: "an endpoint in clear",
      argv: ["--stack", STACK],
      changes: { AWS_ENDPOINT_URL_CLOUDFORMATION: "http://127.0.0.1:1" },
      says: /AWS_ENDPOINT_URL_CLOUDFORMATION must begin with https/,
    },
    {
      why: "a region that has no CloudFormation",
      argv: ["--stack", STACK],
      changes: { AWS_ENDPOINT_URL_CLOUDFORMATION: "https://127.0.0.1:1" },
      says: /cannot reach 127\.0\.0\.1:1: the connection was refused; is the service running, and the region right\?/,
    },
  ];
  for (const { why, argv, changes, says } of usage) {
    it(`asks nobody and says so at ${why}`, async () => {
      answer(described({ Url: service.url }));
      const result = await runCli([...argv, "token", "list"], environment({ ...changes }));
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, says);
      assert.equal(cloudFormation.requests.length, 0);
    });
  }

  it("never tells the secret key", async () => {
    answer(refused("SignatureDoesNotMatch", "The request signature we calculated does not match"), 403);
    const { stderr } = await runCli(["--stack", STACK, "token", "list"], environment());
    assert.ok(!stderr.includes(ACCESS_KEY.secretAccessKey));
  });
});

describe("parseStackDescription", () => {
  it("reads outputs whatever they hold, one or many", async () => {
    const escaped = (text: string): string =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    // Blanks at the ends are not kept by every XML reader; an endpoint has none.
    const value = fc.stringMatching(/^[!-~]([ -~]*[!-~])?$/);
    const outputs = fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,20}$/), value, { minKeys: 1, maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(outputs, async (given) => {
        const xml = described(Object.fromEntries(Object.entries(given).map(([key, text]) => [key, escaped(text)])));
        assert.deepEqual(Object.fromEntries((await parseStackDescription(xml))?.outputs ?? []), { ...given });
      }),
    );
  });

  it("takes nothing else for an answer, and follows no entity", async () => {
    for (const xml of ["", "<", "<a/>", "{}", "<DescribeStacksResponse/>", described({}).slice(0, 400)])
      assert.equal(await parseStackDescription(xml), undefined, xml);
    const entity = `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${described({ Url: "&x;" }).slice(21)}`;
    assert.doesNotMatch(JSON.stringify([...((await parseStackDescription(entity))?.outputs ?? [])]), /root:/);
  });
});
