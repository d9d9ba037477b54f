import { UsageError } from "../program/operator-error.ts";

/**
 * Parses the service's address: https, a host, and perhaps a stage's path.
 *
 * @throws UsageError
 */
export function serviceUrlFrom(text: string | undefined): URL {
  if (text === undefined || text.trim() === "") {
    throw new UsageError(
      "which service? give --stack or --url, set NODESEAL_STACK or NODESEAL_URL, or source <data-dir>/env (for npm start: . .nodeseal/env)",
    );
  }
  const url = URL.parse(text.trim());
  if (url === null) throw new UsageError("the service's address is no URL; it looks like https://nodeseal.example");
  if (url.protocol !== "https:") {
    // Tokens and approvals are never sent in clear, not even to this machine: the local service has https too.
    throw new UsageError(`the service's address must begin with https://, got ${url.protocol}//`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError("the service's address must have no user, password, query or fragment");
  }
  return url;
}

/** The service's address joined with a route's path. */
export function urlOf(base: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, "") + path;
  // URLSearchParams would encode a space as "+", which signatures and API Gateway read differently.
  url.search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return url;
}
