import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NODE_API_VARIABLES,
  readEnvironment,
  readKubernetes,
  readPolicy,
  readRevocationListUrl,
} from "../../lambdas/configuration.ts";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";

const COMPLETE = Object.fromEntries(NODE_API_VARIABLES.map((name) => [name, "table"]));

describe("readEnvironment", () => {
  it("gives what was asked for", () => {
    assert.equal(readEnvironment(COMPLETE, NODE_API_VARIABLES).TOKENS_TABLE_NAME, "table");
  });

  it("names every missing variable at once", () => {
    const rest = { ISSUANCES_TABLE_NAME: "table", AUTHORITIES_TABLE_NAME: "table" };
    assert.throws(() => readEnvironment(rest, NODE_API_VARIABLES), /lacks TOKENS_TABLE_NAME, NODES_TABLE_NAME$/);
  });

  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_DYNAMODB"]) {
    it(`refuses to start in Lambda with ${name}, and only there`, () => {
      const overridden = { ...COMPLETE, [name]: "http://127.0.0.1:1" };
      assert.throws(
        () => readEnvironment({ ...overridden, AWS_LAMBDA_FUNCTION_NAME: "node-api" }, NODE_API_VARIABLES),
        new RegExp(`${name} must not be set`),
      );
      assert.doesNotThrow(() => readEnvironment(overridden, NODE_API_VARIABLES));
    });
  }
});

describe("readPolicy", () => {
  it("is the shipped default without a file, and an error with one that is not there", () => {
    assert.equal(readPolicy({}), DEFAULT_POLICY);
    assert.throws(() => readPolicy({ POLICY_FILE: "/nowhere.json" }), /ENOENT/);
  });
});

describe("readRevocationListUrl", () => {
  const REVOCATION_LIST_URL = "http://crl.example";

  it("is nothing where certificates name no list", () => {
    assert.equal(readRevocationListUrl({}), undefined);
    assert.equal(readRevocationListUrl({ REVOCATION_LIST_SHARDS: "16" }), undefined);
  });

  it("refuses an address that does not say of how many lists", () => {
    assert.throws(() => readRevocationListUrl({ REVOCATION_LIST_URL }), /lacks REVOCATION_LIST_SHARDS$/);
  });

  // A certificate names its list for life: one that is never made would have every server refuse it.
  for (const REVOCATION_LIST_SHARDS of ["", "0", "2", "016", "1.0", " 1", "4096", "many"]) {
    it(`refuses ${JSON.stringify(REVOCATION_LIST_SHARDS)} shards`, () => {
      assert.throws(
        () => readRevocationListUrl({ REVOCATION_LIST_URL, REVOCATION_LIST_SHARDS }),
        /^Error: REVOCATION_LIST_SHARDS must be one of 1, 16, 256$/,
      );
    });
  }
});

describe("readKubernetes", () => {
  it("is nothing unless it is enabled, and then has a default for everything", () => {
    assert.equal(readKubernetes({ KUBERNETES_ADMINISTRATORS: "arn:aws:iam::111122223333:role/a" }), undefined);
    assert.deepEqual(readKubernetes({ KUBERNETES_API: "enabled" }), {
      administrators: [],
      caPem: undefined,
      watchSeconds: 20,
      stsEndpoint: undefined,
    });
  });

  it("refuses a watch that API Gateway would cut off", () => {
    for (const KUBERNETES_WATCH_SECONDS of ["0", "26", "soon", ""])
      assert.throws(
        () => readKubernetes({ KUBERNETES_API: "enabled", KUBERNETES_WATCH_SECONDS }),
        /must be from 1 to 25/,
      );
  });

  it("refuses to take everybody in the account for an administrator", () => {
    for (const arn of ["arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/path/*", "*"])
      assert.throws(
        () => readKubernetes({ KUBERNETES_API: "enabled", KUBERNETES_ADMINISTRATORS: arn }),
        /stands for everybody/,
      );
  });
});
