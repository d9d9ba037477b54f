import type { JsonWebKeys } from "../../core/attestation/identity-provider.ts";
import type { KeySet, SignatureVerdict } from "../../core/attestation/key-set.ts";

/** JWS and JWK by jose, loaded on first use: functions that believe no issuer never need it. */
export async function keySetOf(jwks: JsonWebKeys): Promise<KeySet> {
  const [{ createLocalJWKSet }, { compactVerify }, errors] = await Promise.all([
    import("jose/jwks/local"),
    import("jose/jws/compact/verify"),
    import("jose/errors"),
  ]);
  const keyFor = createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key, kty: String(key["kty"]) })) });
  return {
    judge: async (token, algorithms): Promise<SignatureVerdict> => {
      try {
        await compactVerify(token, keyFor, { algorithms: [...algorithms] });
        return "valid";
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) return "unknown key";
        if (error instanceof errors.JWKSMultipleMatchingKeys) return "no one key";
        // Besides jose's own: what WebCrypto and jose say of a key that is none.
        if (error instanceof errors.JOSEError || error instanceof DOMException || error instanceof TypeError)
          return "invalid";
        throw error;
      }
    },
  };
}
