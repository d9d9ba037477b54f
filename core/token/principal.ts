/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`: the session's name is whatever its caller chose. */
const ASSUMED_ROLE = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/;

/**
 * Who a user name stands for: of a session of an IAM role the role, without its path, which STS does not tell. Tools make
 * a session of their own for each call, so that one administrator has many user names. Every other user name is its own.
 */
export function principalOf(username: string): string {
  const [, partition, account, role] = ASSUMED_ROLE.exec(username) ?? [];
  return role === undefined ? username : `arn:${partition ?? ""}:iam::${account ?? ""}:role/${role}`;
}

export function isSamePrincipal(username: string, other: string): boolean {
  return principalOf(username) === principalOf(other);
}
