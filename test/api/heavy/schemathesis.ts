/* `npm run test:api`: schemathesis sends what the description allows, and what it does not; every answer must be described. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startLocalService, type LocalService } from "../../support/local-service.ts";
import { opensslCsr } from "../../support/openssl-csr.ts";
import { runProgram } from "../../support/run-program.ts";
import { SigningProxy } from "../signing-proxy.ts";
import { Tools } from "../tools.ts";

const ROOT = join(import.meta.dirname, "../../..");
const tools = new Tools();

/**
 * Not among them: whether every request that a schema allows is taken (schemas cannot say all), and what happens without
 * credentials (the proxy adds them).
 */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
];
/** Of what a schema does not allow. A body may be too large besides. */
const REJECTED = [400, 401, 403, 404, 409, 413, 415, 429, 503];
const EXAMPLES_EACH = process.env["NODESEAL_API_EXAMPLES"] ?? "30";

describe("the service under schemathesis", { skip: tools.missing }, () => {
  const folder = mkdtempSync(join(tmpdir(), "nodeseal-api-"));
  let service: LocalService;
  let proxy: SigningProxy;
  let url: string;
  let known: Readonly<Record<string, string>>;

  before(async () => {
    service = await startLocalService();
    proxy = new SigningProxy(service);
    url = await proxy.listen();
    known = await enrolled(url, proxy);
  });
  after(async () => {
    proxy.close();
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  it("answers nothing that is not described, and nothing with 500", async () => {
    const document = join(folder, "openapi.json");
    writeFileSync(
      document,
      JSON.stringify(withExamples(JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8")), known)),
    );
    const configuration = join(folder, "schemathesis.toml");
    writeFileSync(configuration, `[checks.negative_data_rejection]\nexpected-statuses = [${REJECTED.join(", ")}]\n`);
    const run = await runProgram(
      "env",
      [
        // It keeps notes where it is called.
        ...["-C", folder, tools.schemathesis],
        ...["--config-file", configuration, "run", document, "--url", url, "--checks", CHECKS.join(",")],
        ...[
          "--max-examples",
          EXAMPLES_EACH,
          "--seed",
          "1",
          "--no-shrink",
          "--continue-on-failure",
          "--warnings",
          "off",
        ],
        ...["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all", "--no-color"],
        // The first would take away the CA that the others need. Of the second it cannot make bodies.
        ...["--exclude-operation-id", "retireAuthority", "--exclude-operation-id", "askOcsp"],
      ],
      { environment: { HOME: folder, COLUMNS: "160" }, timeoutMs: 3_600_000 },
    );
    if (run.status !== 0) console.log(run.stdout);
    assert.deepEqual([run.status, run.stderr], [0, ""]);
    console.log(/^Test cases:\n.*/m.exec(run.stdout)?.[0]);
  });

  it("got beyond refusals on most routes", () => {
    const reached = [...proxy.seen].filter(([key]) => / 2\d\d$/.test(key)).map(([key]) => key);
    assert.ok(reached.length >= 20, JSON.stringify(Object.fromEntries(proxy.seen), undefined, 1));
  });
});

/** A node of its own, whose ids stand as examples. */
async function enrolled(url: string, proxy: SigningProxy): Promise<Readonly<Record<string, string>>> {
  const json = { "content-type": "application/json" };
  const token = await post(`${url}/v1/admin/tokens`, { ttlSeconds: 86_400 }, json);
  proxy.identity = { bearerToken: String(token["token"]) };
  const { csrPem, keyPem } = opensslCsr({ subject: "/O=system:nodes/CN=system:node:described-1" });
  const certificate = await post(`${url}/v1/certificates`, { csr: csrPem }, json);
  proxy.identity = { ...proxy.identity, certificate: String(certificate["certificate"]), key: keyPem };
  return {
    csr: csrPem,
    id: String(token["tokenId"]),
    tokenId: String(token["tokenId"]),
    name: String(certificate["name"]),
    serialNumber: String(certificate["serialNumber"]),
    node: "described-1",
    authorityId: "issuing-g1",
    nonce: "abcdefghijklmnopqrstuv",
  };
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>>) {
  const answer = await fetch(url, { method: "POST", headers: { ...headers }, body: JSON.stringify(body) });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

type Part = Record<string, unknown>;

/** The description with examples of what is there: a name that was made up is not found, and nothing more is learnt. */
function withExamples(document: unknown, known: Readonly<Record<string, string>>): unknown {
  const { paths } = document as { readonly paths: Readonly<Record<string, Readonly<Record<string, Part>>>> };
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      for (const parameter of (operation["parameters"] ?? []) as Part[]) {
        const example = exampleFor(path, String(parameter["name"]), known);
        if (example !== undefined) parameter["example"] = example;
      }
      // The proxy signs: a request without a signature never comes to the service.
      if (path.startsWith("/v1/admin/")) operation["security"] = [];
      const { content = {} } = (operation["requestBody"] ?? {}) as {
        readonly content?: Readonly<Record<string, Part>>;
      };
      const body = content["application/json"];
      if (body !== undefined && JSON.stringify(body).includes('"required":["csr"]'))
        body["example"] = { csr: known["csr"] };
    }
  }
  return document;
}

function exampleFor(path: string, name: string, known: Readonly<Record<string, string>>): string | undefined {
  if (path.startsWith("/v1/admin/nodes/") && name === "name") return known["node"];
  if (path.startsWith("/v1/admin/authorities/") && name === "id") return known["authorityId"];
  return name === "node" || name === "csr" ? known["node"] : known[name];
}
