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
  /** `alias/<cluster>/root-g1`: the authority function finds the key by it. */
  readonly aliasName: string;
  readonly keySpec: AuthorityKeySpec;
  /** The roles that may sign: certificates, revocation lists, or the CSR for the CA's own certificate. */
  readonly signerRoleArns: readonly [string, ...string[]];
  /** Roles that may only read the public key. */
  readonly readerRoleArns: readonly string[];
  /** Who may schedule the key's deletion. Empty: nobody, until a deployment names somebody. */
  readonly administratorArns: readonly string[];
}

/** A grantee whose permission to sign can be narrower than its role's. */
export interface Signer {
  grantSign(keyArn: string, conditions: Conditions): void;
}

/**
 * A CA's key, which is retained whatever happens to its stack. Its policy allows `kms:Sign` only to the roles named
 * here. So no IAM policy of the account can allow it, not even `kms:*`. A second statement denies it to all others, in
 * case an allowing statement is added. Every administrator can disable the key: that is the emergency stop, and can be
 * undone.
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
    // The spec is part of the ids: another spec means another key with the same alias, which KMS refuses. So a change
    // of the configuration cannot replace the key of an existing CA.
    this.key = new Key(this, `Key-${props.keySpec}`, {
      description: `Nodeseal CA key ${props.aliasName}`,
      keySpec,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
      pendingWindow: Duration.days(30),
      policy: new PolicyDocument({ statements: this.keyPolicy(props, signingKeySpec) }),
    });
    // Without its alias a retained key would not be found, and a new CA would be made beside it.
    new Alias(this, `Alias-${props.keySpec}`, { aliasName: props.aliasName, targetKey: this.key }).applyRemovalPolicy(
      RemovalPolicy.RETAIN,
    );
  }

  /** The role's permission. The key policy names the role already. */
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
      // A grant would bypass this policy.
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

/** Everything that CloudFormation and people need to maintain the key. Using the key is not part of it. */
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

/**
 * Allows the account: IAM policies decide further, within the conditions. A deleted role named here would become a dead
 * id.
 */
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
