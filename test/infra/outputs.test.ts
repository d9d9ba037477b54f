import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAdminServer, startSigningServer, type AdminServer } from "../cli/support/admin-server.ts";
import { environmentOf, runCli } from "../cli/support/cli.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

type Value =
  string | { readonly "Fn::Join": readonly [string, readonly (string | { readonly Ref: string })[]] } | object;

const { service: template } = synthesizedTemplates({ clusterName: "blue" });
const outputs = template.findOutputs("*") as Record<string, { readonly Value: Value; readonly Description?: string }>;

const JOIN = "nodeseal-agent join --url x --token-file - <<END\nabcdef.0123456789abcdef\nEND";

/** The output as CloudFormation would print it in one Region. */
function printed(name: string, region: string): string {
  const value = outputs[name]?.Value ?? assert.fail(`no output ${name}`);
  if (typeof value === "string") return value;
  assert.ok("Fn::Join" in value);
  const [separator, parts] = value["Fn::Join"] as readonly [string, readonly (string | { readonly Ref: string })[]];
  return parts
    .map((part) => (typeof part === "string" ? part : part.Ref === "AWS::Region" ? region : part.Ref))
    .join(separator);
}

describe("the outputs of the service stack", () => {
  it("are the endpoint, the root's pin and the next command, each with its meaning", () => {
    for (const name of ["Url", "RootPin", "NextCommand"])
      assert.ok((outputs[name]?.Description ?? "").length > 10, name);
    assert.match(printed("RootPin", "eu-central-1"), /^sha256:/);
  });

  it("say how to get the request while the issuing CA waits for its certificate", () => {
    const { service, state } = synthesizedTemplates({
      authority: { hierarchy: "external", externalRootFile: "root.pem" },
    });
    const { Value } = service.findOutputs("NextCommand")["NextCommand"] as { readonly Value: unknown };
    assert.match(JSON.stringify(Value), /nodeseal ca csr issuing-g1 --stack nodeseal --region .* > issuing-g1.csr/);
    state.resourceCountIs("AWS::KMS::Key", 1);
  });

  describe("the next command", () => {
    let api: AdminServer;
    let cloudFormation: AdminServer;
    before(async () => {
      api = await startAdminServer();
      cloudFormation = await startSigningServer("cloudformation");
      const token = {
        token: "abcdef.0123456789abcdef",
        tokenId: "abcdef",
        joinCommand: JOIN,
      };
      api.respond(() => ({ status: 201, body: token }));
      const url = `<member><OutputKey>Url</OutputKey><OutputValue>${api.url}</OutputValue></member>`;
      cloudFormation.respond(() => ({
        body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${url}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
        headers: { "content-type": "text/xml" },
      }));
    });
    after(() => Promise.all([api.close(), cloudFormation.close()]));

    it("works as it is printed: it finds the stack and asks for a token of an hour and one use", async () => {
      const [program, ...argv] = printed("NextCommand", "eu-central-1").split(" ");
      assert.equal(program, "nodeseal");
      const { NODESEAL_URL, AWS_REGION, ...environment } = environmentOf(api);
      assert.ok(NODESEAL_URL !== undefined && AWS_REGION === "eu-central-1", "the command itself says both");
      const { status, stdout, stderr } = await runCli(argv, {
        ...environment,
        AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
        NODE_EXTRA_CA_CERTS: cloudFormation.caFile,
      });
      assert.deepEqual([status, stderr], [0, ""]);
      assert.equal(stdout, `${JOIN}\n`);
      assert.equal(new URLSearchParams(cloudFormation.requests[0]?.body).get("StackName"), "blue");
      assert.deepEqual(JSON.parse(api.requests[0]?.body ?? ""), { ttlSeconds: 3600, maxUses: 1 });
    });
  });
});
