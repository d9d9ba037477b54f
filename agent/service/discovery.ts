import { randomBytes } from "node:crypto";
import { parseBootstrapToken, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { discoveryKeyOf, signDiscovery, trustBundleDigest } from "../../core/token/discovery.ts";
import { parseTrustBundleAnswer, type TrustBundle } from "../certificate/trust-bundle.ts";
import { AgentError, UsageError } from "../program/agent-error.ts";
import type { ServiceResponse } from "./exchange.ts";
import { assertSuccess } from "./service-answer.ts";
import { ConnectionError, refusalCodeOf } from "./service-error.ts";

export interface DiscoveryRequest {
  readonly token: BootstrapToken;
  /** With the query. */
  readonly path: string;
  /** Without: what the service signs. */
  readonly url: URL;
  readonly nonce: string;
}

/** What may be asked before the server is known to know the token: its id is no secret. @throws UsageError */
export function discoveryRequest(baseUrl: URL, text: string): DiscoveryRequest {
  const token = parseBootstrapToken(text);
  if (token === undefined) throw new UsageError("the token is not of the form abcdef.0123456789abcdef");
  const path = `v1/discovery/${token.id}`;
  const nonce = randomBytes(18).toString("base64url");
  return { token, path: `${path}?nonce=${nonce}`, url: new URL(path, baseUrl), nonce };
}

/**
 * The trust bundle of a service that has shown that it knows the token.
 *
 * @throws ServiceError, or ConnectionError when it has not shown it
 */
export function provenTrustBundle(response: ServiceResponse, { token, url, nonce }: DiscoveryRequest): TrustBundle {
  try {
    assertSuccess(response);
  } catch (error) {
    const code = refusalCodeOf(error);
    if (code !== "invalid_token" && code !== "not_found") throw error;
    throw new AgentError(
      "the service cannot show that it knows the token, as --ca-cert-hash asks: the token is not valid, was made as a " +
        "Kubernetes Secret, or by an older service; ask for a new one (nodeseal token create), or use --ca-file",
      { cause: error },
    );
  }
  const statement = { tokenId: token.id, url: url.href, nonce, trustBundleSha256: trustBundleDigest(response.body) };
  // No secret is compared: who made the wrong one sees the right one nowhere.
  if (response.headers["nodeseal-discovery"] !== signDiscovery(discoveryKeyOf(token), statement)) {
    throw new ConnectionError(
      `${url.host} is not the service that made the token: it does not know the token's secret; the token was not sent`,
      { isRetryable: false },
    );
  }
  return parseTrustBundleAnswer(response.body, response.headers["nodeseal-trust-bundle"]);
}
