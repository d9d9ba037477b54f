import { Aws } from "aws-cdk-lib";

export type FunctionName = "node-api" | "admin-api" | "authority" | "events";

/**
 * Roles have fixed names. A key policy names a role before it exists, and must still match when the service stack was
 * deleted and deployed again. IAM is global, so the Region is part of the name.
 */
export function functionRoleName(clusterName: string, functionName: FunctionName): string {
  return `${clusterName}-${functionName}-${Aws.REGION}`;
}

export function functionRoleArn(clusterName: string, functionName: FunctionName): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${functionRoleName(clusterName, functionName)}`;
}
