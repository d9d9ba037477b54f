import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { build } from "esbuild";
import { BUNDLE_ALIASES, BUNDLE_MAIN_FIELDS } from "../../infra/bundle/settings.ts";
import { loadBundle } from "../support/bundled-function.ts";
import { synthesizedBundles } from "../support/synthesized-bundles.ts";

const bundles = synthesizedBundles();

const ENVIRONMENT = {
  AWS_REGION: "eu-central-1",
  TOKENS_TABLE_NAME: "t",
  NODES_TABLE_NAME: "n",
  ISSUANCES_TABLE_NAME: "i",
  AUTHORITIES_TABLE_NAME: "a",
  TLS_CA_CERT_HASHES: "",
  TRUST_BUNDLE_BUCKET_NAME: "b",
  TRUST_BUNDLE_OBJECT_KEY: "k",
  AUTHORITY_PLAN_FILE: "/var/task/authority-plan.json",
  CLUSTER_NAME: "c",
  EVENT_BUS_NAME: "default",
};

const KIB = 1024;
const LIMITS_KIB = { "node-api": 640, "admin-api": 500, authority: 700, events: 200 } as const;
const FUNCTIONS = Object.keys(LIMITS_KIB) as (keyof typeof LIMITS_KIB)[];
/** What the deployment says, for functions that believe it from nowhere else. */
const FILES_BESIDE: Readonly<Record<keyof typeof LIMITS_KIB, readonly string[]>> = {
  "node-api": ["policy.json"],
  "admin-api": ["policy.json"],
  authority: ["authority-plan.json"],
  events: [],
};
/** The function that inspects what it makes by @peculiar/x509: the others are on the way of requests. */
const INSPECTS = "authority";

describe("the bundles of cdk.out", () => {
  for (const name of FUNCTIONS) {
    it(`of ${name} is one module of at most ${LIMITS_KIB[name]} KiB`, () => {
      const files = readdirSync(bundles.bundleOf(name));
      assert.deepEqual(files, [...FILES_BESIDE[name], "index.mjs"].sort());
      const size = statSync(join(bundles.bundleOf(name), "index.mjs")).size;
      assert.ok(size <= LIMITS_KIB[name] * KIB, `${(size / KIB).toFixed(1)} KiB`);
    });

    it(`of ${name} does not load undici for the sake of node:http`, () => {
      const code = `await import(process.argv[1]); console.log(process.moduleLoadList.filter((name) => name.includes("undici")).length)`;
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "--eval", code, join(bundles.bundleOf(name), "index.mjs")],
        { env: ENVIRONMENT, encoding: "utf8" },
      );
      assert.equal(stdout.trim(), "0", stderr);
    });

    it(`of ${name} ${name === INSPECTS ? "holds" : "has nothing of"} @peculiar/x509`, async () => {
      // The shipped bundle is minified, and does not say what it is made of.
      const { metafile } = await build({
        absWorkingDir: join(import.meta.dirname, "../.."),
        entryPoints: [`lambdas/${name}/index.ts`],
        ...{ bundle: true, write: false, metafile: true, platform: "node", format: "esm", logLevel: "silent" },
        alias: { ...BUNDLE_ALIASES },
        mainFields: [...BUNDLE_MAIN_FIELDS],
      });
      const outside = Object.keys(metafile.inputs).filter((file) =>
        /node_modules\/(@peculiar|asn1js|reflect-metadata|tsyringe)\//.test(file),
      );
      assert.equal(outside.length > 0, name === INSPECTS, outside.join(", "));
    });

    it(`of ${name} ${name === "node-api" ? "holds" : "has nothing of"} jose`, async () => {
      const { metafile } = await build({
        absWorkingDir: join(import.meta.dirname, "../.."),
        entryPoints: [`lambdas/${name}/index.ts`],
        ...{ bundle: true, write: false, metafile: true, platform: "node", format: "esm", logLevel: "silent" },
        alias: { ...BUNDLE_ALIASES },
        mainFields: [...BUNDLE_MAIN_FIELDS],
      });
      const files = Object.keys(metafile.inputs).filter((file) => file.includes("node_modules/jose/"));
      assert.equal(files.length > 0, name === "node-api", files.join(", "));
    });

    it(`of ${name} loads @peculiar/x509 not before it is needed`, () => {
      const code = `await import(process.argv[1]); console.log(typeof Reflect.metadata)`;
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "--eval", code, join(bundles.bundleOf(name), "index.mjs")],
        { env: ENVIRONMENT, encoding: "utf8" },
      );
      assert.equal(stdout.trim(), "undefined", stderr);
    });

    it(`of ${name} looks for credentials where Lambda puts them, and nowhere else`, () => {
      const code = readFileSync(join(bundles.bundleOf(name), "index.mjs"), "utf8");
      for (const wanted of ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"]) assert.ok(code.includes(wanted), wanted);
      for (const stray of ["sso_session", "AWS_WEB_IDENTITY_TOKEN_FILE", "credential_process"])
        assert.ok(!code.includes(stray), stray);
    });

    it(`of ${name} refuses an endpoint override in Lambda`, async () => {
      const environment = {
        ...ENVIRONMENT,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_ENDPOINT_URL_KMS: "http://127.0.0.1:1",
      };
      await assert.rejects(
        loadBundle(bundles.bundleOf(name), name, environment),
        /AWS_ENDPOINT_URL_KMS must not be set/,
      );
    });

    it(`of ${name} names every variable it lacks`, async () => {
      await assert.rejects(loadBundle(bundles.bundleOf(name), name, { AWS_REGION: "eu-central-1" }), /lacks .*_NAME/);
    });
  }
});
