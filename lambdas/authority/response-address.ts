export interface ResponseAddressOptions {
  /** The function's own Region: custom resources answer where their stack is. */
  readonly region: string;
  /** In place of Amazon S3, for emulators only: whatever runs on its host is believed. */
  readonly endpoint: string | undefined;
}

/**
 * Checks that an answer goes to CloudFormation and to nobody else: the function's answers name what was made, and a request
 * to any address would be one that whoever may invoke the function can have made from here.
 *
 * CloudFormation's presigned URLs name a bucket of its own in the stack's Region, `cloudformation-custom-resource-response-`
 * and the Region, without hyphens in most Regions (AWS CloudFormation User Guide, "VPC endpoint setup: bucket names").
 *
 * @returns what throws an Error for every other address
 */
export function answerableAt({ region, endpoint }: ResponseAddressOptions): (responseUrl: string) => void {
  const buckets = [region, region.replaceAll("-", "")].map((name) => `cloudformation-custom-resource-response-${name}`);
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const hosts = new Set(
    buckets.flatMap((bucket) => [
      `${bucket}.s3.${domain}`,
      `${bucket}.s3.${region}.${domain}`,
      `${bucket}.s3-${region}.${domain}`,
      `${bucket}.s3.dualstack.${region}.${domain}`,
    ]),
  );
  const emulated = endpoint === undefined ? undefined : new URL(endpoint).hostname;
  return (responseUrl) => {
    const url = URL.canParse(responseUrl) ? new URL(responseUrl) : undefined;
    const isPlain = url?.username === "" && url.password === "";
    if (url !== undefined && isPlain && url.protocol === "https:" && url.port === "" && hosts.has(url.hostname)) return;
    if (url !== undefined && isPlain && url.hostname === emulated) return;
    // The address is not repeated: a presigned URL is a secret.
    throw new Error(`the event asks for an answer to an address that is not CloudFormation's in ${region}`);
  };
}
