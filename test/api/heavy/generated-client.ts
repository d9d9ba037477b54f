/* `npm run test:api`: the client of docs/api.md, with types that openapi-typescript makes of docs/openapi.json. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
const PROGRAM = /```ts\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/api.md"), "utf8"))?.[1] ?? "";

describe("a client that is generated from the description", { skip: tools.missing }, () => {
  const folder = mkdtempSync(join(tmpdir(), "nodeseal-client-"));
  let service: LocalService;
  let proxy: SigningProxy;
  before(async () => {
    service = await startLocalService();
    proxy = new SigningProxy(service);
    symlinkSync(join(tools.folder, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "client.ts"), PROGRAM);
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  });
  after(async () => {
    proxy.close();
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  it("is typed: its program compiles, and a member that is not there does not", () => {
    const made = spawnSync(
      process.execPath,
      [tools.npmProgram("openapi-typescript"), join(ROOT, "docs/openapi.json"), "-o", join(folder, "nodeseal.ts")],
      { encoding: "utf8" },
    );
    assert.equal(made.status, 0, made.stderr);
    const compilerOptions = {
      ...{ module: "nodenext", target: "es2024", strict: true, noEmit: true, skipLibCheck: true },
      ...{ allowImportingTsExtensions: true, types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")] },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["client.ts"] }));
    const compile = () =>
      spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    assert.equal(compile().stdout, "");
    writeFileSync(join(folder, "client.ts"), PROGRAM.replaceAll("serialNumber", "serialNumbr"));
    assert.match(compile().stdout, /serialNumbr/);
    writeFileSync(join(folder, "client.ts"), PROGRAM);
  });

  it("enrols a node and lists what it got", async () => {
    const url = await proxy.listen();
    const { csrPem } = opensslCsr({ subject: "/O=system:nodes/CN=system:node:generated-1" });
    const csrFile = join(folder, "request.pem");
    writeFileSync(csrFile, csrPem);
    const run = await runProgram(process.execPath, [join(folder, "client.ts"), url, "generated-1", csrFile]);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^generated-1 [0-9a-f]{32} Issued$/m);
  });
});
