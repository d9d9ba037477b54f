import * as z from "zod/mini";
import { must } from "../../core/input/schema.ts";
import { RefusalError } from "../../core/refusal.ts";
import type { RolesAnywhereSettings } from "./service-defaults.ts";

/** STS: from a quarter of an hour to half a day; Roles Anywhere has the same bounds for a profile. */
const SESSION_SECONDS = { least: 900, default: 3600, most: 43_200 } as const;

/** What STS takes as a role session name and as a source identity, and is a common name of this service's. */
const commonName = z
  .string()
  .check(
    must(
      (pattern) => /^[A-Za-z0-9*._@-]{2,64}$/.test(pattern) && /[A-Za-z0-9]/.test(pattern),
      'must be a common name of 2 to 64 characters from a-z, A-Z, 0-9, ".", "_", "@" and "-"; "*" stands for any characters, but not for all of them',
    ),
  );

const eksClusterName = z
  .string()
  .check(must((name) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(name), "must be the name of an EKS cluster"));

const managedPolicyArn = z
  .string()
  .check(
    must(
      (arn) => /^arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(arn),
      "must be the ARN of a managed policy",
    ),
  );

export const rolesAnywhereSection = z.optional(
  z.strictObject({
    names: z.array(commonName).check(z.minLength(1), z.maxLength(20)),
    sessionSeconds: z._default(
      z.int().check(z.gte(SESSION_SECONDS.least), z.lte(SESSION_SECONDS.most)),
      SESSION_SECONDS.default,
    ),
    managedPolicyArns: z._default(z.array(managedPolicyArn).check(z.maxLength(9)), []),
    eksClusterNames: z._default(z.array(eksClusterName).check(z.maxLength(20)), []),
  }),
);

/** @throws RefusalError without revocation lists: a revoked machine would keep its AWS access until its certificate ends */
export function assertRevocable(section: RolesAnywhereSettings | undefined, hasLists: boolean): void {
  if (section === undefined || hasLists) return;
  throw new RefusalError(
    "malformed_request",
    'the configuration: "rolesAnywhere" must be left out where revocationLists is null: Roles Anywhere learns of a revocation by a list',
    { field: "rolesAnywhere" },
  );
}
