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

/**
 * How roles and users are named in a configuration or a policy: an ARN, with `*` for the rest of a name. The last segment
 * must be a name: STS leaves out a role's path, so a `*` behind a path would stand for every role.
 */
export const PRINCIPAL_PATTERN = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]+\*?$/;

/** Whether a caller is one of those that a `PRINCIPAL_PATTERN` names. STS leaves out a role's path: they are compared without it. */
export function isPrincipal(username: string, pattern: string): boolean {
  const principal = principalOf(username);
  const wanted = pattern.replace(/(:role\/)(?:.+\/)/, "$1");
  return wanted.endsWith("*") ? principal.startsWith(wanted.slice(0, -1)) : principal === wanted;
}
