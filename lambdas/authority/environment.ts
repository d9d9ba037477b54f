/** The environment variables of the authority function. Infra must give exactly these. */
export interface AuthorityEnvironment {
  readonly AUTHORITIES_TABLE_NAME: string;
  readonly NODES_TABLE_NAME: string;
  readonly ISSUANCES_TABLE_NAME: string;
  readonly TRUST_BUNDLE_BUCKET_NAME: string;
  readonly TRUST_BUNDLE_OBJECT_KEY: string;
  /** What was deployed (`deployed-plan.ts`), beside the code. */
  readonly AUTHORITY_PLAN_FILE: string;
  /** Of IAM Roles Anywhere. @default - the deployment has none */
  readonly ROLES_ANYWHERE_TRUST_ANCHOR_ARN?: string;
}

export const AUTHORITY_VARIABLES: readonly Exclude<keyof AuthorityEnvironment, "ROLES_ANYWHERE_TRUST_ANCHOR_ARN">[] = [
  "AUTHORITIES_TABLE_NAME",
  "NODES_TABLE_NAME",
  "ISSUANCES_TABLE_NAME",
  "TRUST_BUNDLE_BUCKET_NAME",
  "TRUST_BUNDLE_OBJECT_KEY",
  "AUTHORITY_PLAN_FILE",
];
