import { UsageError } from "../program/agent-error.ts";
import { isExempt } from "./proxy-exemption.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** In Go's order: the first one that is not empty counts. */
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy"];
const NO_PROXY_VARIABLES = ["NO_PROXY", "no_proxy"];

/**
 * The proxy for a URL by the customary variables, as Go programs on the same machine read them.
 *
 * @throws UsageError naming the variable that is not understood; its value is not repeated, it may hold a password
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const variable = PROXY_VARIABLES.find((name) => isSet(environment, name));
  if (variable === undefined) return undefined;
  const noProxy = NO_PROXY_VARIABLES.map((name) => environment[name] ?? "").find((value) => value !== "") ?? "";
  if (isExempt(hostOf(url), url.port || "443", noProxy)) return undefined;
  return parseProxy(environment[variable] ?? "", variable);
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? "") !== "";
}

function parseProxy(value: string, variable: string): URL {
  const text = value.trim();
  const withScheme = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // A "#" or "/" in a password ends the address too early: another host would be asked.
  const isCutOff = proxy !== undefined && (proxy.hash + proxy.search !== "" || proxy.pathname.includes("@"));
  // The tunnel is sealed by TLS from end to end: it need not be sealed once more up to the proxy.
  if (proxy?.protocol !== "http:" || isCutOff) {
    throw new UsageError(
      `${variable} is not understood; it looks like http://proxy.example:3128 or http://user:password@proxy.example:3128, ` +
        "with other characters than letters and digits of a password percent-encoded",
    );
  }
  if (/%(?![0-9a-f]{2})/i.test(proxy.username + proxy.password)) {
    throw new UsageError(`${variable} has a "%" in its user or password that begins no escape; a "%" itself is %25`);
  }
  return proxy;
}

/** What `Proxy-Authorization: Basic` carries, if the address holds anything. */
export function credentialsOf({ username, password }: URL): Buffer | undefined {
  return username + password === ""
    ? undefined
    : Buffer.from(`${unescaped(username)}:${unescaped(password)}`, "latin1");
}

/** Byte by byte: a password need not be UTF-8. URL() has left nothing but ASCII. */
function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** Without the brackets a URL puts around an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
