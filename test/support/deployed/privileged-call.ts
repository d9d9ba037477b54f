import type { AwsCall } from "../iam/policy-statement.ts";
import type { Assembly } from "./assembly.ts";

type Where = Pick<Assembly, "keyArn" | "roleArn" | "functionArn">;

/** A function's call to sign with a CA's key (`issuing-g1`), as our code makes it unless something is changed. */
export function signingCall(
  { keyArn, roleArn, functionArn }: Where,
  functionName: string,
  authorityId: string,
  { context = {}, ...changes }: Partial<AwsCall> = {},
): AwsCall {
  return {
    action: "kms:Sign",
    resource: keyArn(`alias/nodeseal/${authorityId}`),
    principalArn: roleArn(functionName),
    context: {
      "kms:SigningAlgorithm": "ECDSA_SHA_256",
      "kms:MessageType": "DIGEST",
      "lambda:SourceFunctionArn": functionArn(functionName),
      ...context,
    },
    ...changes,
  };
}
