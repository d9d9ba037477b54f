import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { issueTlsCertificates } from "../../local/data/tls.ts";
import { startMoto, whyNoMoto, type MotoServer } from "../support/moto-server.ts";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { environmentOf, runCli } from "./support/cli.ts";

const skip = whyNoMoto() ?? false;

it("has moto's server to ask", { skip }, () => undefined);

describe("nodeseal --stack, asking moto's CloudFormation", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-moto-"));
  const tls = issueTlsCertificates(new Date());
  let service: AdminServer | undefined;
  let moto: MotoServer | undefined;
  before(async () => {
    const file = (name: string, pem: string): string => {
      writeFileSync(join(directory, name), pem, { mode: 0o600 });
      return join(directory, name);
    };
    file("ca.pem", tls.caCertificatePem);
    moto = await startMoto({
      certificateFile: file("server.pem", tls.serverCertificatePem),
      keyFile: file("server.key", tls.serverKeyPem),
    });
    service = await startAdminServer();
    service.respond(() => ({ body: { items: [] } }));
    await createStack(moto.url, "nodeseal", { Url: service.url, RootPin: "sha256:00" });
    await createStack(moto.url, "other", { Name: "x" });
  });
  after(async () => {
    await Promise.all([service?.close(), moto?.close()]);
    rmSync(directory, { recursive: true, force: true });
  });

  /** A template of outputs and one thing that costs nothing. */
  async function createStack(url: string, name: string, outputs: Readonly<Record<string, string>>): Promise<void> {
    const template = {
      Resources: { Topic: { Type: "AWS::SNS::Topic" } },
      Outputs: Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, { Value: value }])),
    };
    const members = { Action: "CreateStack", Version: "2010-05-15", StackName: name };
    const body = new URLSearchParams({ ...members, TemplateBody: JSON.stringify(template) }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      // Nobody checks the signature: it says which service and Region are meant.
      authorization: "AWS4-HMAC-SHA256 Credential=test/20261124/eu-central-1/cloudformation/aws4_request",
    };
    const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
    request(url, { method: "POST", headers, agent: new Agent({ ca: tls.caCertificatePem }) }, (answer) => {
      void text(answer).then((answered) => resolve([answer.statusCode, answered]));
    })
      .once("error", reject)
      .end(body);
    const [status, answered] = await promise;
    assert.equal(status, 200, answered);
  }

  const list = (stack: string) => {
    assert.ok(service !== undefined && moto !== undefined);
    const environment = Object.entries(environmentOf(service)).filter(([name]) => name !== "NODESEAL_URL");
    return runCli(["--stack", stack, "token", "list"], {
      ...Object.fromEntries(environment),
      AWS_ENDPOINT_URL_CLOUDFORMATION: moto.url,
      NODE_EXTRA_CA_CERTS: join(directory, "ca.pem"),
    });
  };

  it("finds the service through the stack's outputs", async () => {
    const { status, stderr } = await list("nodeseal");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(service?.requests.at(-1)?.path, "/v1/admin/tokens");
  });

  it("says that there is no such stack, and that another is not the service's", async () => {
    assert.match((await list("absent")).stderr, /there is no stack absent in eu-central-1/);
    assert.match((await list("other")).stderr, /the stack other has no output Url \(CREATE_COMPLETE\)/);
  });
});
