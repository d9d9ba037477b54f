import type { JsonWebKeys } from "../../core/attestation/identity-provider.ts";
import type { KeyLocation, KeySet, KeySource } from "../../core/attestation/key-set.ts";
import { isJsonObject } from "../../core/input/json-object.ts";
import { normalHttpsUrl } from "../../core/input/https-url.ts";
import { boundedGet, type BoundedGetOptions } from "./bounded-get.ts";
import { keySetOf } from "./json-web-key-set.ts";

export interface KeySourceOptions extends BoundedGetOptions {
  /** Told of keys that could not be had. */
  readonly failed: (error: unknown) => void;
}

const MAX_KEYS = 100;

/** The keys of issuers over HTTPS (OpenID Connect Discovery 1.0, RFC 7517). */
export function identityProviderKeySource({ failed, ...options }: KeySourceOptions): KeySource {
  // By the deployment's own object, so that its keys are imported once.
  const known = new WeakMap<JsonWebKeys, Promise<KeySet>>();
  return {
    fetch: async (location) => {
      try {
        return await keySetOf(keysIn(await boundedGet(await jwksUriOf(location, options), options)));
      } catch (error) {
        failed(new Error(`the keys of the issuer ${location.issuer} cannot be had`, { cause: error }));
        return undefined;
      }
    },
    of: (keys) => {
      const made = known.get(keys) ?? keySetOf(keys);
      known.set(keys, made);
      return made;
    },
  };
}

/**
 * An issuer says where its keys are, but not on whose host: a discovery document that points elsewhere is refused, and the
 * deployment has to say the address itself.
 */
async function jwksUriOf({ issuer, jwksUri }: KeyLocation, options: BoundedGetOptions): Promise<string> {
  if (jwksUri !== undefined) return jwksUri;
  const document = await boundedGet(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, options);
  const { issuer: named, jwks_uri: uri } = isJsonObject(document) ? document : {};
  if (named !== issuer) throw new Error("its discovery document is of another issuer");
  const normal = typeof uri === "string" ? normalHttpsUrl(uri) : undefined;
  if (normal === undefined) throw new Error("its discovery document has no https URL without a query as jwks_uri");
  if (new URL(normal).host !== new URL(issuer).host)
    throw new Error("its discovery document has a jwks_uri on another host; name it in the policy as jwksUri");
  return normal;
}

function keysIn(document: unknown): JsonWebKeys {
  const { keys } = isJsonObject(document) ? document : {};
  if (!Array.isArray(keys) || keys.length > MAX_KEYS || !keys.every(isJsonObject))
    throw new Error(`the answer is no JWK set of at most ${MAX_KEYS} keys`);
  return { keys };
}
