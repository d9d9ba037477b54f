import { Rule, RuleTargetInput, EventField } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { endOfTheLine } from "../service/end-of-the-line.ts";
import type { AuthorityKey } from "../state/authority-key.ts";

export interface KeyWatchProps {
  readonly keys: readonly AuthorityKey[];
  readonly topic: ITopic;
}

/** Calls that disable a CA or open it to others. EventBridge gets them where a trail records management events. */
export const WATCHED_CALLS = [
  "CreateGrant",
  "DeleteAlias",
  "DisableKey",
  "PutKeyPolicy",
  "ScheduleKeyDeletion",
  "UpdateAlias",
];

/**
 * Reports at once when somebody changes a CA's key, which its policy cannot deny to its administrators. The alarm
 * `ForeignSignatures` watches who signs with it: CloudTrail's read-only events, such as `Sign`, cost per event.
 */
export class KeyWatch extends Construct {
  /** Messages that the topic refused: its policy changed, or it was deleted. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { keys, topic }: KeyWatchProps) {
    super(scope, id);
    this.undelivered = endOfTheLine(this, "Undelivered");
    const keyArns = keys.map(({ key }) => key.keyArn);
    new Rule(this, "Rule", {
      description: "A CA key's state, policy or alias was changed, or somebody tried",
      eventPattern: {
        source: ["aws.kms"],
        detailType: ["AWS API Call via CloudTrail"],
        detail: { eventName: WATCHED_CALLS, resources: { ARN: keyArns } },
      },
      targets: [
        this.notify(
          topic,
          `${EventField.fromPath("$.detail.eventName")} on a CA key by ${EventField.fromPath("$.detail.userIdentity.arn")} at ${EventField.fromPath("$.time")}`,
        ),
      ],
    });
    new Rule(this, "Deletion", {
      description: "A CA key is gone: KMS itself says so, with a trail or without",
      eventPattern: { source: ["aws.kms"], detailType: ["KMS CMK Deletion"], resources: keyArns },
      targets: [
        this.notify(
          topic,
          `The CA key ${EventField.fromPath("$.detail.key-id")} was deleted at ${EventField.fromPath("$.time")}`,
        ),
      ],
    });
  }

  private notify(topic: ITopic, message: string): SnsTopic {
    return new SnsTopic(topic, { deadLetterQueue: this.undelivered, message: RuleTargetInput.fromText(message) });
  }
}
