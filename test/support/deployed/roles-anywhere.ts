import type { ResolvedTemplate } from "../iam/resolved-template.ts";
import { startRolesAnywhere, type EmulatedRolesAnywhere } from "../roles-anywhere/service.ts";
import type { AssumableRole } from "../roles-anywhere/create-session.ts";

interface Properties {
  readonly Source: { readonly SourceData: { readonly X509CertificateData: string } };
  readonly RoleArns: readonly string[];
  readonly AcceptRoleSessionName: boolean;
  readonly AssumeRolePolicyDocument: unknown;
}

/** Roles Anywhere as CloudFormation leaves it: anchor, profile and role by the template's own words. Undefined where it has none. */
export async function startRolesAnywhereOf(
  template: ResolvedTemplate,
  region: string,
): Promise<EmulatedRolesAnywhere | undefined> {
  const of = (type: string) => Object.entries(template).find(([, resource]) => resource.type === type);
  const anchor = of("AWS::RolesAnywhere::TrustAnchor")?.[1].properties as Properties | undefined;
  if (anchor === undefined) return undefined;
  return startRolesAnywhere({
    trustAnchorArn: TRUST_ANCHOR_ARN,
    certificatesPem: anchor.Source.SourceData.X509CertificateData,
    region,
    role: roleIn(template),
  });
}

/** As the resolved templates name them. */
export const TRUST_ANCHOR_ARN =
  "arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/11111111-2222-4333-8444-555555555555";
export const PROFILE_ARN =
  "arn:aws:rolesanywhere:eu-central-1:111122223333:profile/66666666-7777-4888-8999-000000000000";

/** The role of machines outside AWS, and the profile that names it. */
export function roleIn(template: ResolvedTemplate): AssumableRole {
  const profile = Object.values(template).find(({ type }) => type === "AWS::RolesAnywhere::Profile");
  const { RoleArns, AcceptRoleSessionName } = (profile?.properties ?? {}) as unknown as Properties;
  const [id = "", role] =
    Object.entries(template).find(([one]) => one.startsWith("ServiceRolesAnywhereRole") && !one.includes("Default")) ??
    [];
  const roleArn = `arn:aws:iam::111122223333:role/${id}`;
  if (RoleArns[0] !== roleArn) throw new Error(`the profile names ${RoleArns.join()}, not ${roleArn}`);
  const { AssumeRolePolicyDocument: assumeRolePolicyDocument } = role?.properties as unknown as Properties;
  return { roleArn, profileArn: PROFILE_ARN, assumeRolePolicyDocument, acceptRoleSessionName: AcceptRoleSessionName };
}
