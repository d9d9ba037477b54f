import { authenticateCertificate } from "../../../../core/issuance/authenticate-certificate.ts";
import { confirmUse } from "../../../../core/issuance/confirm-use.ts";
import { authenticateToken } from "../../../../core/token/authenticate-token.ts";
import { parseBootstrapToken } from "../../../../core/token/bootstrap-token.ts";
import type { Identity } from "../../../../core/token/identity.ts";
import { parsePem, PemError } from "../../../../core/asn1/pem.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { identityOfToken, type TokenRecord } from "../../../../core/token/token-record.ts";
import { bearerToken } from "../../../http/request.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import type { AdministrationServices, KubernetesServices } from "../protocol/services.ts";
import { unauthorized } from "../protocol/status.ts";

/** Who asks. One URL takes a bootstrap token, an administrator's token, a client certificate, or nothing (K7.6). */
export interface Caller {
  readonly kind: "anonymous" | "bootstrap" | "certificate" | "administrator";
  readonly identity: Identity;
  /** Of a bootstrap identity. */
  readonly token: TokenRecord | undefined;
}

const ANONYMOUS: Caller = {
  kind: "anonymous",
  identity: { username: "system:anonymous", groups: ["system:unauthenticated"] },
  token: undefined,
};

/** The function of administrators has no nodes to write: no certificate may do anything there. */
export type CallerServices = AdministrationServices & Partial<Pick<KubernetesServices, "nodes">>;

/**
 * A credential that is presented must be good, even where none is needed; a bearer token comes before a certificate.
 *
 * @throws StatusError Unauthorized
 */
export async function authenticate(services: CallerServices, { event }: KubernetesRequest): Promise<Caller> {
  if (event.headers["authorization"] !== undefined) {
    const token = bearerToken(event);
    if (token === undefined) throw unauthorized();
    return (
      (await bootstrapCaller(services, token)) ??
      (await administratorCaller(services, token, event.requestContext.domainName))
    );
  }
  const pem = event.requestContext.authentication?.clientCert.clientCertPem;
  return pem === undefined ? ANONYMOUS : certificateCaller(services, pem);
}

/** Undefined when the token has not even the form. */
async function bootstrapCaller(services: AdministrationServices, text: string): Promise<Caller | undefined> {
  const presented = parseBootstrapToken(text);
  if (presented === undefined) return undefined;
  const token = await asUnauthorized(async () =>
    authenticateToken(presented, await services.tokens.read(presented.id), services.clock()),
  );
  return { kind: "bootstrap", identity: identityOfToken(token), token };
}

async function administratorCaller(
  { options }: AdministrationServices,
  token: string,
  audience: string,
): Promise<Caller> {
  const identity = await options.administrators?.(token, audience);
  if (identity === undefined) throw unauthorized();
  return { kind: "administrator", identity, token: undefined };
}

async function certificateCaller({ nodes, ...services }: CallerServices, pem: string): Promise<Caller> {
  const directory = await services.issuers();
  const authenticated = await asUnauthorized(() => {
    const der = Uint8Array.from(parsePem(pem, "CERTIFICATE"));
    return Promise.resolve(authenticateCertificate(der, directory, services.clock(), "invalid_client_certificate"));
  });
  if (nodes !== undefined) await confirmUse({ ...services, nodes }, authenticated);
  return { kind: "certificate", identity: authenticated.identity, token: undefined };
}

/** Which of its checks a credential failed is nobody's business but the log's. */
async function asUnauthorized<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof PemError) throw unauthorized();
    if (
      error instanceof RefusalError &&
      (error.code === "invalid_token" || error.code === "invalid_client_certificate")
    )
      throw unauthorized({ cause: error });
    throw error;
  }
}
