import { KMSClient } from "@aws-sdk/client-kms";

/**
 * The KMS client for signing, with our limits; region, endpoint and credentials are the SDK's own business.
 *
 * It never tries twice: an attempt that got no answer may have signed, and every signature is to be accounted for on its
 * record, where only the issuance cycle counts. When KMS throttles, the SDK would hold the function for seconds; the node
 * waits for less.
 */
export function kmsClient(): KMSClient {
  return new KMSClient({
    maxAttempts: 1,
    // The SDK only warns about a late answer unless told to give up.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
}

/** The provisioner's: it has time, and five key creations a second are all an account may do. */
export function provisioningKmsClient(): KMSClient {
  return new KMSClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  });
}
