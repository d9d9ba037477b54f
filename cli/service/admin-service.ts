import type { JsonObject } from "../../core/input/json-object.ts";
import { USER_AGENT } from "../program/cli-version.ts";
import { findAccessKey, regionFor } from "./access-key.ts";
import { assertSuccess, objectOf } from "./answer.ts";
import { readCaFile } from "./ca-file.ts";
import { httpsTransport, type Answer, type Method, type OutgoingRequest } from "./exchange.ts";
import type { Signatory } from "./forbidden.ts";
import { signed, type AccessKey } from "./request-signature.ts";
import { withRetries } from "./retries.ts";
import { urlOf } from "./service-url.ts";

export type Query = Readonly<Record<string, string>>;

/**
 * The admin API (API.md section 3). Every method throws ServiceError for a refusal, and OperatorError when there is no
 * answer.
 */
export interface AdminService {
  readonly get: (path: string, query?: Query) => Promise<JsonObject>;
  readonly post: (path: string, body?: JsonObject, query?: Query) => Promise<JsonObject>;
  readonly delete: (path: string) => Promise<void>;
  /** A public route: not signed, no credentials needed. */
  readonly getPublic: (path: string, mediaType: string) => Promise<string>;
  /** The same for binary content. */
  readonly getPublicOctets: (path: string, mediaType: string) => Promise<Buffer>;
}

export interface AdminServiceSettings {
  readonly service: URL;
  /** The setting that the address came from. */
  readonly setting: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
}

/** @throws OperatorError when the CA file is not readable */
export function openAdminService({ service: base, setting, environment, clock }: AdminServiceSettings): AdminService {
  const caFile = environment["NODESEAL_CA_FILE"] || undefined;
  const anchorsPem = caFile && readCaFile(caFile);
  const transport = httpsTransport({ anchorsPem, caFile, environment, addressSetting: setting });
  let found: Promise<AccessKey> | undefined;

  const exchangeSigned = async (
    method: Method,
    url: URL,
    body?: JsonObject,
  ): Promise<readonly [OutgoingRequest, Answer, Signatory]> => {
    const region = regionFor(url, environment);
    const accessKey = await (found ??= findAccessKey(environment));
    const headers = { accept: "application/json", "user-agent": USER_AGENT };
    const plain: OutgoingRequest =
      body === undefined
        ? { method, url, headers }
        : { method, url, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
    const signedAt = clock();
    const request = await signed(plain, accessKey, { region, signedAt });
    return [request, await transport(request), { accessKeyId: accessKey.accessKeyId, region, signedAt }];
  };

  const exchangePublic = (path: string, mediaType: string): Promise<Answer> =>
    withRetries("GET", async () => {
      const headers = { accept: mediaType, "user-agent": USER_AGENT };
      const request: OutgoingRequest = { method: "GET", url: urlOf(base, path), headers };
      const answer = await transport(request);
      assertSuccess(request, answer, undefined);
      return answer;
    });

  return {
    get: (path, query) =>
      withRetries("GET", async () => objectOf(...(await exchangeSigned("GET", urlOf(base, path, query))))),
    post: (path, body, query) =>
      withRetries("POST", async () => objectOf(...(await exchangeSigned("POST", urlOf(base, path, query), body)))),
    delete: (path) =>
      withRetries("DELETE", async () => assertSuccess(...(await exchangeSigned("DELETE", urlOf(base, path))))),
    getPublic: async (path, mediaType) => (await exchangePublic(path, mediaType)).body,
    getPublicOctets: async (path, mediaType) => (await exchangePublic(path, mediaType)).octets,
  };
}
