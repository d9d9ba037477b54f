import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { regionFor } from "../../../cli/service/access-key.ts";

const API_HOST = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod";

const REGIONS = [
  {
    why: "AWS_REGION",
    url: "https://nodeseal.example",
    environment: { AWS_REGION: "eu-north-1" },
    region: "eu-north-1",
  },
  {
    why: "AWS_DEFAULT_REGION",
    url: "https://nodeseal.example",
    environment: { AWS_REGION: "", AWS_DEFAULT_REGION: "us-east-2" },
    region: "us-east-2",
  },
  { why: "API Gateway's host", url: API_HOST, environment: {}, region: "eu-west-1" },
  {
    why: "API Gateway's host, which takes no other region's signatures",
    url: API_HOST,
    environment: { AWS_REGION: "us-east-1" },
    region: "eu-west-1",
  },
];

describe("regionFor", () => {
  for (const { why, url, environment, region } of REGIONS) {
    it(`takes the region of ${why}`, () => assert.equal(regionFor(new URL(url), environment), region));
  }

  it("does not take the region of a host that only looks like API Gateway's", () => {
    assert.throws(
      () => regionFor(new URL("https://x.execute-api.eu-west-1.amazonaws.com.evil.example"), {}),
      /AWS_REGION/,
    );
  });
});
