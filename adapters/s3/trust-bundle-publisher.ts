import type { TrustBundlePublisher } from "../../core/authority/trust-bundle-publisher.ts";
import type { SignedRequest } from "../signed-request.ts";

export interface S3TrustBundlePublisherOptions {
  readonly request: SignedRequest;
  /** `https://s3.<region>.amazonaws.com`, or a substitute in tests and local runs. */
  readonly endpoint: string;
  readonly bucketName: string;
  readonly objectKey: string;
}

/**
 * One PUT into a bucket with versioning. The service uses nothing else of S3, so it does without a client of 300 KB.
 */
export function s3TrustBundlePublisher(options: S3TrustBundlePublisherOptions): TrustBundlePublisher {
  const { request, endpoint, bucketName, objectKey } = options;
  const url = new URL(`${endpoint.replace(/\/$/, "")}/${bucketName}/${encodeURIComponent(objectKey)}`);
  return {
    publish: async (trustBundlePem) => {
      const { statusCode, headers, body } = await request({
        method: "PUT",
        url,
        headers: { "content-type": "application/x-pem-file" },
        body: trustBundlePem,
      });
      if (statusCode !== 200) throw new Error(`S3 refused the trust bundle: ${statusCode} ${errorCodeIn(body)}`);
      const version = headers["x-amz-version-id"];
      if (version === undefined) throw new Error(`the bucket ${bucketName} keeps no versions; turn versioning on`);
      return version;
    },
  };
}

/** The error's code. The rest of the answer is not used. */
function errorCodeIn(body: string): string {
  return /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1] ?? "without a code";
}
