/**
 * One spelling of an https URL (RFC 3986 section 6.2): host in lower case, without a final dot, IDN in ASCII, IPv6
 * shortened, no default port, no dot segments, no slash at the end. Everything that is signed, stored or compared has it:
 * `https://h:443` and `https://H.` are the same place.
 *
 * @returns undefined for what is no such URL, or holds a user, a query or a fragment
 */
export function normalHttpsUrl(text: string): string | undefined {
  // What URL() forgives inside an address (blanks around it, line ends, backslashes) may be read otherwise elsewhere.
  if (!/^https:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { host, pathname, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "" || search !== "" || hash !== "") return undefined;
  const [, name = "", port = ""] = /^(.*?)(:\d+)?$/.exec(host) ?? [];
  const normalName = name.startsWith("[") ? name : name.replace(/\.$/, "");
  if (normalName === "") return undefined;
  const path = pathname.replace(/\/+$/, "").replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
  return `https://${normalName}${port}${path}`;
}

/** Whether two texts name one endpoint. What is no https URL is none; a slash at the end of a path is another path. */
export function isSameEndpoint(one: string, other: string): boolean {
  const normal = normalHttpsUrl(one);
  return normal !== undefined && normal === normalHttpsUrl(other) && one.endsWith("/") === other.endsWith("/");
}
