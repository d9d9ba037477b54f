import { isDnsSubdomain } from "./dns-name.ts";

/**
 * Node names are lower-case RFC 1123 subdomains. Other spellings are refused, not normalised: otherwise programs could
 * disagree whether two spellings are one identity or two.
 */

/** `system:node:` takes 12 of the 64 characters a common name may have (RFC 5280 ub-common-name). */
export const MAX_NODE_NAME_CHARACTERS = 52;

export const NODE_USERNAME_PREFIX = "system:node:";
export const NODES_GROUP = "system:nodes";

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
