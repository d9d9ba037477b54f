import { isIP } from "node:net";
import { UsageError } from "../program/agent-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by the customary variables: HTTPS_PROXY and NO_PROXY, or their lower-case forms, which win.
 *
 * @throws UsageError when HTTPS_PROXY is no URL; its value is not repeated, it may hold a password
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const text = environment["https_proxy"] ?? environment["HTTPS_PROXY"] ?? "";
  if (text === "" || isExempt(url, environment["no_proxy"] ?? environment["NO_PROXY"] ?? "")) return undefined;
  const withScheme = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // The tunnel is sealed by TLS from end to end: it need not be sealed once more up to the proxy.
  if (proxy?.protocol !== "http:") {
    throw new UsageError("HTTPS_PROXY is not understood; it looks like http://proxy.example:3128");
  }
  return proxy;
}

/** `*`, a host, a domain with all below it (with or without a leading dot), each with an optional port. */
function isExempt(url: URL, noProxy: string): boolean {
  const host = hostOf(url);
  const port = url.port || "443";
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", entryPort = port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (isIP(entry) === 6) return host === entry;
      const domain = name.replace(/^\*?\./, "").replace(/^\[(.*)\]$/, "$1");
      return entryPort === port && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)));
    });
}

/** Without the brackets a URL puts around an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
