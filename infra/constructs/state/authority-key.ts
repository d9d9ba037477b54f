import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  type Conditions,
  type IGrantable,
} from "aws-cdk-lib/aws-iam";
import { Alias, Key, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { AuthorityKeySpec } from "../../../core/keys/key-type.ts";
import { SIGNING_KEY_SPECS, type SigningKeySpec } from "../../settings/key-spec.ts";

export interface AuthorityKeyProps {
  /** `alias/<cluster>/root-g1`: how the authority function finds the key. */
  readonly aliasName: string;
  readonly keySpec: AuthorityKeySpec;
  /** The roles that may sign: those that sign certificates or revocation lists with it, or the request for its own. */
  readonly signerRoleArns: readonly [string, ...string[]];
  /** Roles that only ask for the public key. */
  readonly readerRoleArns: readonly string[];
  /** Who may schedule the key's deletion; empty: nobody, until a deployment says who. */
  readonly administratorArns: readonly string[];
}

/** What can be allowed to sign, in a narrower way than by its role alone. */
export interface Signer {
  grantSign(keyArn: string, conditions: Conditions): void;
}

/**
 * A CA's key, kept whatever happens to its stack. Its policy hands out no `kms:Sign` but to the roles named here, so that no IAM
 * policy in the account can, `kms:*` included; a second lock denies it to all others should a statement be added.
 * Disabling stays possible for every administrator: it is the emergency stop, and can be undone.
 */
export class AuthorityKey extends Construct {
  readonly key: Key;
  readonly signingConditions: Conditions;

  constructor(scope: Construct, id: string, props: AuthorityKeyProps) {
    super(scope, id);
    const signingKeySpec = SIGNING_KEY_SPECS[props.keySpec];
    const { keySpec, signingAlgorithm, messageType } = signingKeySpec;
    this.signingConditions = {
      StringEquals: { "kms:SigningAlgorithm": signingAlgorithm, "kms:MessageType": messageType },
    };
    // The spec is part of the ids: another spec means another alias of the same name, which KMS refuses. So the key of a
    // living CA cannot be exchanged under it by a change of the configuration.
    this.key = new Key(this, `Key-${props.keySpec}`, {
      description: `Nodeseal CA key ${props.aliasName}`,
      keySpec,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
      pendingWindow: Duration.days(30),
      policy: new PolicyDocument({ statements: this.keyPolicy(props, signingKeySpec) }),
    });
    // Without its alias a retained key would be found by nobody, and a new CA made beside it.
    new Alias(this, `Alias-${props.keySpec}`, { aliasName: props.aliasName, targetKey: this.key }).applyRemovalPolicy(
      RemovalPolicy.RETAIN,
    );
  }

  /** The role's half; the key policy's half names the role already. */
  grantSign(signer: Signer): void {
    signer.grantSign(this.key.keyArn, this.signingConditions);
  }

  grantRead(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ["kms:DescribeKey", "kms:GetPublicKey"], resources: [this.key.keyArn] }),
    );
  }

  private keyPolicy(props: AuthorityKeyProps, { signingAlgorithm, messageType }: SigningKeySpec): PolicyStatement[] {
    const [first, ...others] = props.signerRoleArns;
    const signer = { "aws:PrincipalArn": others.length === 0 ? first : [first, ...others] };
    return [
      allow("AdministerWithoutSigning", ADMINISTRATION),
      allow("SignByNamedRoles", ["kms:Sign"], { ArnEquals: signer, ...this.signingConditions }),
      ...(props.readerRoleArns.length === 0
        ? []
        : [
            allow("ReadPublicKey", ["kms:GetPublicKey"], {
              ArnEquals: { "aws:PrincipalArn": [...props.readerRoleArns] },
            }),
          ]),
      deny("SignByNobodyElse", ["kms:Sign"], { ArnNotEquals: signer }),
      deny("SignWithOneAlgorithm", ["kms:Sign"], {
        StringNotEquals: { "kms:SigningAlgorithm": signingAlgorithm },
      }),
      deny(messageType === "DIGEST" ? "SignDigestsOnly" : "SignWholeMessagesOnly", ["kms:Sign"], {
        StringNotEquals: { "kms:MessageType": messageType },
      }),
      // A grant would be a way around this policy.
      deny("GrantToNobody", ["kms:CreateGrant"]),
      deny(
        "DeleteByNobodyElse",
        ["kms:ScheduleKeyDeletion"],
        props.administratorArns.length === 0
          ? undefined
          : { ArnNotEquals: { "aws:PrincipalArn": [...props.administratorArns] } },
      ),
    ];
  }
}

/** All that CloudFormation and people need to keep the key. No use of the key is among it. */
const ADMINISTRATION = [
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:UpdateAlias",
  "kms:DescribeKey",
  "kms:EnableKey",
  "kms:DisableKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:ScheduleKeyDeletion",
  "kms:CancelKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/** To the account: IAM decides further, within the conditions. A role named here would turn into a dead id when it is deleted. */
function allow(sid: string, actions: string[], conditions?: Conditions): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions,
    principals: [new AccountRootPrincipal()],
    resources: ["*"],
    ...(conditions === undefined ? {} : { conditions }),
  });
}

function deny(sid: string, actions: string[], conditions?: Conditions): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    actions,
    principals: [new AnyPrincipal()],
    resources: ["*"],
    ...(conditions === undefined ? {} : { conditions }),
  });
}
