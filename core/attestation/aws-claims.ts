import { claimAt, valuesOfClaim, type Claims } from "./claims.ts";
import { isJsonObject } from "../input/json-object.ts";

/** What STS says of a caller lies under this member (IAM User Guide, "Understanding token claims"). */
export const AWS_CLAIMS = "https://sts.amazonaws.com/";

/** How rules and templates call that member: `aws.org_id`. */
const ALIAS = "aws";

/** The request tag by which an agent has STS sign the hash of its CSR. */
export const CSR_HASH_TAG = "nodeseal-csr-sha256";

/** `https://<random>.tokens.sts.global.api.aws`: one issuer for each account, nothing before and nothing behind it. */
const AWS_ISSUER = /^https:\/\/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.tokens\.sts\.global\.api\.aws$/;

export function isAwsIssuer(issuer: string): boolean {
  return AWS_ISSUER.test(issuer);
}

/** The same claims, where AWS' own are called `aws` and nothing else is. */
export function withAwsAlias(claims: Claims): Claims {
  const own = claims[AWS_CLAIMS];
  return { ...claims, [ALIAS]: isJsonObject(own) ? own : {} };
}

const INSTANCE_ARN = /^arn:aws[a-z-]*:ec2:[a-z0-9-]+:(\d{12}):instance\/(i-[0-9a-f]{8,17})$/;

/** The instance that the caller's credentials were given to: AWS signs it, and no caller can choose it. */
export function instanceIdOf(claims: Claims): string | undefined {
  const [, account, instanceId] = INSTANCE_ARN.exec(instanceArnOf(claims) ?? "") ?? [];
  return account === claimAt(claims, "aws.aws_account") ? instanceId : undefined;
}

function instanceArnOf(claims: Claims): string | undefined {
  return valuesOfClaim(claims, "aws.ec2_source_instance_arn")[0];
}

/** Who a token of AWS speaks for: the instance, not the role that its fleet shares; without an instance, the role. */
export function awsPrincipalOf(claims: Claims): string | undefined {
  return instanceIdOf(claims) === undefined ? undefined : instanceArnOf(claims);
}
