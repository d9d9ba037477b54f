import { Aws } from "aws-cdk-lib";

export type FunctionName = "node-api" | "admin-api" | "authority" | "events";

/**
 * Roles have fixed names: a key policy names who may sign before that role exists, and still means it when the service
 * stack was destroyed and deployed again. IAM is global, so the Region is part of the name.
 */
export function functionRoleName(clusterName: string, functionName: FunctionName): string {
  return `${clusterName}-${functionName}-${Aws.REGION}`;
}

export function functionRoleArn(clusterName: string, functionName: FunctionName): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${functionRoleName(clusterName, functionName)}`;
}
