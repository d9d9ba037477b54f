/**
 * Node names are lower-case RFC 1123 subdomains. Other spellings are refused, not normalised: otherwise programs could
 * disagree whether two spellings are one identity or two.
 */

/** `system:node:` takes 12 of the 64 characters a common name may have (RFC 5280 ub-common-name). */
export const MAX_NODE_NAME_CHARACTERS = 52;

export const NODE_USERNAME_PREFIX = "system:node:";
export const NODES_GROUP = "system:nodes";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** Why a text is not a node name. Undefined when it is one. */
export function faultOfNodeName(text: string): string | undefined {
  if (text.length === 0) return "the node name is empty";
  if (text.length > MAX_NODE_NAME_CHARACTERS) {
    return `the node name has ${text.length} characters; allowed are ${MAX_NODE_NAME_CHARACTERS}, because a common name has at most 64 (RFC 5280)`;
  }
  return isDnsSubdomain(text)
    ? undefined
    : "the node name must be a lower-case RFC 1123 subdomain (a-z, 0-9, '-' and '.')";
}

/** An exact name, or a name in which each `*` stands for any run of characters (dots too). */
export function isNamePattern(text: string): boolean {
  return text.length <= MAX_NODE_NAME_CHARACTERS && /^[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?$/.test(text);
}

/** Linear in the name for each `*`: no regular expression is built from an administrator's input. */
export function matchesNamePattern(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}
