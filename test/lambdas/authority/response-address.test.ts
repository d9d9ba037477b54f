import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerableAt } from "../../../lambdas/authority/response-address.ts";

const check = answerableAt({ region: "eu-central-1", endpoint: undefined });
const BUCKET = "cloudformation-custom-resource-response-eucentral1";
const REFUSED = /an address that is not CloudFormation's in eu-central-1/;

describe("the address of an answer", () => {
  for (const host of [
    `${BUCKET}.s3.amazonaws.com`,
    `${BUCKET}.s3.eu-central-1.amazonaws.com`,
    `${BUCKET}.s3-eu-central-1.amazonaws.com`,
    "cloudformation-custom-resource-response-eu-central-1.s3.eu-central-1.amazonaws.com",
  ]) {
    it(`may be ${host}`, () => {
      check(`https://${host}/arn%3Aaws%3Acloudformation?X-Amz-Signature=abc`);
    });
  }

  for (const url of [
    "https://attacker.example/collect",
    `http://${BUCKET}.s3.amazonaws.com/x`,
    `https://${BUCKET}.s3.amazonaws.com.attacker.example/x`,
    `https://${BUCKET}.s3.amazonaws.com:8443/x`,
    `https://user@${BUCKET}.s3.amazonaws.com/x`,
    `https://attacker.example/${BUCKET}.s3.amazonaws.com`,
    `https://attacker.example\\@${BUCKET}.s3.amazonaws.com/x`,
    // Buckets that somebody else can make: another Region's name, a longer name.
    "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x",
    `https://${BUCKET}-mine.s3.amazonaws.com/x`,
    `https://x.${BUCKET}.s3.amazonaws.com/x`,
    "https://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1/x",
    "file:///etc/passwd",
    "no address",
    "",
  ]) {
    it(`may not be ${JSON.stringify(url)}`, () => {
      assert.throws(() => {
        check(url);
      }, REFUSED);
    });
  }

  it("is not repeated in the refusal: a presigned URL is a secret", () => {
    assert.throws(
      () => {
        check("https://attacker.example/?X-Amz-Signature=secret");
      },
      (error) => error instanceof Error && !error.message.includes("secret"),
    );
  });

  it("may be the emulator's host where S3 is emulated", () => {
    const emulated = answerableAt({ region: "eu-central-1", endpoint: "http://127.0.0.1:9000" });
    emulated("http://127.0.0.1:9001/response");
    assert.throws(() => {
      emulated("http://attacker.example:9000/response");
    }, REFUSED);
  });
});
