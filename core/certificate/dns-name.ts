/** DNS names of certificates. They differ not by case (RFC 5280 section 7.2), and are certified in lower case. */

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const MAX_DNS_NAME_CHARACTERS = 253;

/** A lower-case RFC 1123 subdomain. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= MAX_DNS_NAME_CHARACTERS && SUBDOMAIN.test(text);
}

/** Why no rule can allow a DNS name, in upper or lower case. Undefined when one could. */
export function faultOfDnsName(text: string): string | undefined {
  if (isDnsSubdomain(text.toLowerCase())) return undefined;
  const labels = text.split(".");
  if (text.includes("*")) return "wildcards are not certified; name each host";
  if (text.includes("_")) return "the name of a host has no underscore (RFC 1123)";
  if (text.includes("/") || text.includes(":")) return "it is more than a name: leave scheme, port and path out";
  if (text.length > 1 && text.endsWith(".")) return "it ends with a dot; leave the dot out";
  if (text.length > MAX_DNS_NAME_CHARACTERS)
    return `it has ${text.length} characters, allowed are ${MAX_DNS_NAME_CHARACTERS}`;
  if (labels.includes("")) return "one of its labels is empty";
  if (labels.some((label) => label.length > 63)) return "one of its labels has more than 63 characters";
  if (labels.some((label) => label.startsWith("-") || label.endsWith("-")))
    return "one of its labels begins or ends with a hyphen";
  return "it may hold letters, digits, '-' and '.' only (RFC 1123)";
}
