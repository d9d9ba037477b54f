import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { App, Validations, type Stack } from "aws-cdk-lib";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { CfnKey } from "aws-cdk-lib/aws-kms";
import { describeDeployment } from "../../infra/deployment.ts";
import { cdkContext } from "../support/cdk-context.ts";
import { EVERY_SWITCH, parseDocument } from "../support/synthesized-templates.ts";

function deployment(document: unknown = {}) {
  const app = new App({ context: { ...cdkContext(), "aws:cdk:bundling-stacks": [] } });
  return {
    app,
    stacks: describeDeployment(app, parseDocument(document)),
  };
}

/** What synth says about a deployment that was changed. */
function reportOf(change: (stack: Stack) => void): string {
  const { app, stacks } = deployment();
  change(stacks[0]);
  assert.throws(() => app.synth(), /Validation failed/);
  return readFileSync(join(app.outdir, "validation-report.json"), "utf8");
}

const EXTERNAL = { hierarchy: "external", externalRootFile: "root.pem", issuingGenerations: 2 };

describe("the checks at synth", () => {
  for (const [name, document] of Object.entries({
    "by default": {},
    "with every switch on": EVERY_SWITCH,
    "with a single tier": { authority: { hierarchy: "single", issuingGenerations: 2 } },
    "with two CAs from outside": { authority: EXTERNAL, revocationLists: null },
  })) {
    it(`find nothing in the deployment ${name} that is not acknowledged`, () => {
      const { app } = deployment(document);
      app.synth();
      assert.doesNotMatch(
        readFileSync(join(app.outdir, "validation-report.json"), "utf8"),
        /"conclusion":\s*"failure"/,
      );
    });
  }

  it("stop at a careless bucket, by cdk-nag", () => {
    assert.match(
      reportOf((stack) => new CfnBucket(stack, "Careless")),
      /AwsSolutions-S10/,
    );
  });

  it("stop at a property that CloudFormation would refuse", () => {
    assert.match(
      reportOf((stack) => new CfnKey(stack, "Wrong", { keyPolicy: {}, pendingWindowInDays: 3 })),
      /CloudFormation.Validate/,
    );
  });

  it("have a reason for every acknowledgement", () => {
    const data = deployment()
      .stacks.flatMap((stack) => stack.node.findAll())
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .map((entry) => JSON.stringify(entry.data));
    assert.ok(data.length > 5);
    assert.deepEqual(
      data.filter((text) => text.length < 80),
      [],
    );
  });
});
