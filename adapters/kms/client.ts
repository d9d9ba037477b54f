import { KMSClient } from "@aws-sdk/client-kms";
import { LEAN_SETTINGS, leanClient } from "../lean-client.ts";

/**
 * The KMS client for signing, with our limits. Region, endpoint and credentials are left to the SDK.
 *
 * It never retries: an attempt without an answer may have signed. Only the issuance cycle counts signatures on their
 * record. When KMS throttles, the SDK's retries would hold the function for seconds. The node comes back sooner.
 */
export function kmsClient(): KMSClient {
  const client = new KMSClient({
    ...LEAN_SETTINGS,
    maxAttempts: 1,
    // Without `throwOnRequestTimeout` the SDK only warns about a late answer.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  return leanClient(client);
}

/** The provisioner's client. It retries: it has time, and an account may create only five keys a second. */
export function provisioningKmsClient(): KMSClient {
  return new KMSClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  });
}
