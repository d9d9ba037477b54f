import { encodePem } from "../../core/asn1/pem.ts";
import { normalHttpsUrl } from "../../core/input/https-url.ts";
import { AgentError, UsageError } from "../program/agent-error.ts";
import { printableJson } from "../output/printable-text.ts";
import { USER_AGENT } from "../program/agent-version.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import { parseTrustBundleJson, type TrustBundle } from "../certificate/trust-bundle.ts";
import { discoveryRequest, provenTrustBundle } from "./discovery.ts";
import type { ServiceRequest, ServiceResponse, Transport } from "./exchange.ts";
import { buildProof } from "./proof.ts";
import {
  assertSuccess,
  parseIssuanceAnswer,
  parseRenewalWindow,
  type IssuanceAnswer,
  type RenewalWindowAnswer,
} from "./service-answer.ts";
import type { ServiceClock } from "./service-clock.ts";
import { refusalCodeOf } from "./service-error.ts";

export interface IssuanceRequest {
  readonly csrDer: Uint8Array;
  readonly signerName?: string | undefined;
  readonly expirationSeconds?: number | undefined;
}

/** The node's side of API.md section 2. Each method is one request; trying again is the caller's business. */
export interface ServiceClient {
  /** First certificate, by bootstrap token. */
  enrol(token: string, request: IssuanceRequest): Promise<IssuanceAnswer>;
  /** What became of an own request. */
  requestState(token: string, requestName: string): Promise<IssuanceAnswer>;
  /** The next certificate, by proof of possession of the current one. */
  renew(pair: CertificatePair, request: IssuanceRequest, trustBundleSequence?: number): Promise<IssuanceAnswer>;
  /** A serving certificate for the node that has this client certificate. */
  requestServing(pair: CertificatePair, request: IssuanceRequest): Promise<IssuanceAnswer>;
  /** The new certificate is safely on disk. */
  /** @param trustBundleSequence of the bundle beside it; an older service is told no more than that it arrived */
  confirm(pair: CertificatePair, requestName: string, trustBundleSequence?: number): Promise<void>;
  /** When to renew the certificate of this request; undefined when the service does not say. */
  renewalWindow(requestName: string): Promise<RenewalWindowAnswer | undefined>;
  trustBundle(): Promise<TrustBundle>;
  /** The same, of a service that shows that it knows the token. The token is not sent. */
  discover(token: string): Promise<TrustBundle>;
  /** Any public document. */
  document(path: string, form: DocumentForm): Promise<string>;
}

export interface DocumentForm extends Pick<ServiceRequest, "encoding" | "mostBytes"> {
  readonly accept: string;
}

/** `https` only, a path prefix allowed; in its one spelling, with a slash at the end. @throws UsageError */
export function parseServiceUrl(text: string): URL {
  const normal = normalHttpsUrl(text.trim());
  if (normal === undefined) {
    throw new UsageError(
      `--url must be the service's https address, like https://nodeseal.example, got ${printableJson(text)}`,
    );
  }
  return new URL(`${normal}/`);
}

export function serviceClient(baseUrl: URL, transport: Transport, serviceClock: ServiceClock): ServiceClient {
  const send = async (path: string, headers: Record<string, string>, body?: object): Promise<ServiceResponse> => {
    const response = await transport({
      method: body === undefined ? "GET" : "POST",
      url: new URL(path, baseUrl),
      headers: {
        accept: "application/json",
        "user-agent": USER_AGENT,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    serviceClock.observe(response.headers["date"], response.headers["age"]);
    return response;
  };

  /** The first answer tells the service's time: a proof refused for a wrong clock is made again by that, once. */
  const sendWithProof = async (
    path: string,
    pair: CertificatePair,
    csrDer: Uint8Array | undefined,
    request: Readonly<Record<string, unknown>>,
  ): Promise<ServiceResponse> => {
    const audience = new URL(path, baseUrl).href;
    const attempt = async (issuedAt: Date): Promise<ServiceResponse> => {
      const proof = buildProof(pair, { audience, issuedAt, csrDer, request });
      const csr = csrDer === undefined ? {} : { csr: encodePem("CERTIFICATE REQUEST", csrDer) };
      const response = await send(path, {}, { ...csr, ...request, proof });
      assertSuccess(response);
      return response;
    };
    const assumedSeconds = serviceClock.offset?.seconds ?? 0;
    try {
      return await attempt(serviceClock.now());
    } catch (error) {
      const isClockToBlame = Math.abs((serviceClock.offset?.seconds ?? 0) - assumedSeconds) > 1;
      if (refusalCodeOf(error) !== "invalid_proof" || !isClockToBlame) throw error;
      return await attempt(serviceClock.now());
    }
  };

  return {
    enrol: async (token, { csrDer, signerName, expirationSeconds }) =>
      parseIssuanceAnswer(
        await send("v1/certificates", bearer(token), {
          csr: encodePem("CERTIFICATE REQUEST", csrDer),
          signerName,
          expirationSeconds,
        }),
      ),
    requestState: async (token, requestName) =>
      parseIssuanceAnswer(await send(`v1/certificates/${encodeURIComponent(requestName)}`, bearer(token))),
    renew: async (pair, { csrDer, signerName, expirationSeconds }, trustBundleSequence) => {
      const asked = { signerName, expirationSeconds, trustBundleSequence };
      return parseIssuanceAnswer(await sendWithProof("v1/certificates/renew", pair, csrDer, asked));
    },
    requestServing: async (pair, { csrDer, signerName, expirationSeconds }) =>
      parseIssuanceAnswer(await sendWithProof("v1/certificates", pair, csrDer, { signerName, expirationSeconds })),
    confirm: (pair, requestName, trustBundleSequence) => {
      const path = `v1/certificates/${encodeURIComponent(requestName)}/confirmation`;
      return confirmation((said) => sendWithProof(path, pair, undefined, said), trustBundleSequence);
    },
    renewalWindow: async (requestName) => {
      const response = await send(`v1/certificates/${encodeURIComponent(requestName)}/renewal-window`, {});
      // An older service has no such route, and one that forgot this certificate has nothing to say.
      return response.status === 404 ? undefined : parseRenewalWindow(response);
    },
    trustBundle: async () => {
      const response = await send("v1/trust-bundle", {});
      assertSuccess(response);
      const bundle = parseTrustBundleJson(response.body);
      if (bundle.authorities.length === 0)
        throw new AgentError("the service's trust bundle is empty: it has no CA yet");
      return bundle;
    },
    document: async (path, form) => await document(baseUrl, transport, serviceClock, path, form),
    discover: async (token) => {
      const request = discoveryRequest(baseUrl, token);
      return provenTrustBundle(await send(request.path, {}), request);
    },
  };
}

async function document(
  baseUrl: URL,
  transport: Transport,
  serviceClock: ServiceClock,
  path: string,
  { accept, ...form }: DocumentForm,
): Promise<string> {
  const headers = { accept, "user-agent": USER_AGENT };
  const response = await transport({ method: "GET", url: new URL(path, baseUrl), headers, ...form });
  serviceClock.observe(response.headers["date"], response.headers["age"]);
  assertSuccess(response);
  return response.body;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** A service of an earlier version refuses a member that it does not know. */
async function confirmation(
  send: (said: Readonly<Record<string, unknown>>) => Promise<unknown>,
  trustBundleSequence: number | undefined,
): Promise<void> {
  try {
    await send({ trustBundleSequence });
  } catch (error) {
    if (refusalCodeOf(error) !== "malformed_request") throw error;
    await send({});
  }
}
