import * as z from "zod/mini";
import { must } from "../../core/input/schema.ts";

const certificateArn = z
  .string()
  .check(
    must((arn) => /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[a-z0-9-]+$/.test(arn), "must be an ACM ARN"),
  );

const domainName = z
  .string()
  .check(
    must(
      (name) => name.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name),
      "must be a lower-case domain name",
    ),
  );

/** Another name for the API. */
export const domainSection = z.strictObject({ name: domainName, certificateArn });

/** CloudFront's only name. The API behind it has the same name, so both need a certificate for it. */
export const edgeSection = z.strictObject({
  name: domainName,
  certificateArn: z
    .string()
    .check(
      must(
        (arn) => /^arn:aws:acm:us-east-1:\d{12}:certificate\/[a-z0-9-]+$/.test(arn),
        "must be the ARN of an ACM certificate in us-east-1: CloudFront takes no other",
      ),
    ),
  originCertificateArn: certificateArn,
});

export type EdgeSection = z.output<typeof edgeSection>;

/** Whether no name occurs twice. */
export function areDistinct(names: readonly (string | undefined)[]): boolean {
  const given = names.filter((name) => name !== undefined);
  return new Set(given).size === given.length;
}
