import type { LocalCredentials } from "../data/credentials.ts";

/** `requestContext.authorizer.iam` of a route with IAM authorization. */
export interface IamCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

/** An IAM user's unique id; the local service has one user only. */
const USER_ID = "AIDALOCALADMINISTRATO";

export function localAdministrator({ accessKeyId }: LocalCredentials, accountId: string): IamCaller {
  return {
    accessKey: accessKeyId,
    accountId,
    callerId: USER_ID,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${accountId}:user/local-administrator`,
    userId: USER_ID,
  };
}
