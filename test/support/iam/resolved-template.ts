/** A template with every intrinsic function worked out, as CloudFormation would for one account and Region. */

export interface ResolvedResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Deployment {
  readonly accountId: string;
  readonly region: string;
}

interface RawTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

export type ResolvedTemplate = Readonly<Record<string, ResolvedResource>>;

/** Resolves stacks in the order of deployment: a later one may import what an earlier one exports. */
export function resolveTemplates(templates: readonly unknown[], deployment: Deployment): ResolvedTemplate {
  const exports = new Map<string, unknown>();
  const resources: Record<string, ResolvedResource> = {};
  for (const template of templates as readonly RawTemplate[]) {
    const resolve = resolver(template, deployment, exports);
    for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources)) {
      resources[id] = { type: Type, properties: resolve(Properties) as Record<string, unknown> };
    }
    for (const { Value, Export } of Object.values(template.Outputs ?? {})) {
      if (Export !== undefined) exports.set(Export.Name, resolve(Value));
    }
  }
  return resources;
}

function resolver(template: RawTemplate, deployment: Deployment, exports: ReadonlyMap<string, unknown>) {
  const attributes = attributesOf(template, deployment, (value) => String(resolve(value)));
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && (name === "Ref" || name.startsWith("Fn::")))
      return intrinsic(name, argument);
    return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
  };
  const intrinsic = (name: string, argument: unknown): unknown => {
    switch (name) {
      case "Ref":
        return attributes(String(argument), "Ref");
      case "Fn::GetAtt": {
        const [id = "", attribute = ""] = argument as string[];
        return attributes(id, attribute);
      }
      case "Fn::Join": {
        const [separator, parts] = argument as [string, unknown[]];
        return parts.map((part) => String(resolve(part))).join(separator);
      }
      case "Fn::Sub":
        return String(argument).replaceAll(/\$\{([^}]+)\}/g, (_, id: string) => attributes(id, "Ref"));
      case "Fn::ImportValue": {
        const exported = exports.get(String(resolve(argument)));
        if (exported === undefined) throw new Error(`nothing exports ${JSON.stringify(argument)}`);
        return exported;
      }
      default:
        throw new Error(`${name} is not resolved here`);
    }
  };
  return resolve;
}

function attributesOf(template: RawTemplate, { accountId, region }: Deployment, resolved: (value: unknown) => string) {
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::AccountId": accountId,
    "AWS::Region": region,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
  };
  return (id: string, attribute: string): string => {
    const known = pseudo[id];
    if (known !== undefined) return known;
    const resource = template.Resources[id];
    if (resource === undefined) return `<parameter ${id}>`;
    const name = (member: string, fallback = id): string => {
      const given = resource.Properties?.[member];
      return given === undefined ? fallback : resolved(given);
    };
    const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`;
    switch (`${resource.Type} ${attribute}`) {
      case "AWS::DynamoDB::GlobalTable Ref":
        return name("TableName");
      case "AWS::DynamoDB::GlobalTable Arn":
        return arn("dynamodb", `table/${name("TableName")}`);
      case "AWS::KMS::Key Arn":
        return arn("kms", `key/${id}`);
      case "AWS::IAM::Role Arn":
        return `arn:aws:iam::${accountId}:role/${name("RoleName")}`;
      case "AWS::IAM::Role Ref":
        return name("RoleName");
      case "AWS::S3::Bucket Ref":
        return name("BucketName", id.toLowerCase());
      case "AWS::S3::Bucket Arn":
        return `arn:aws:s3:::${name("BucketName", id.toLowerCase())}`;
      case "AWS::Logs::LogGroup Arn":
        return arn("logs", `log-group:${id}:*`);
      case "AWS::SQS::Queue Arn":
        return arn("sqs", id);
      case "AWS::RolesAnywhere::TrustAnchor TrustAnchorArn":
        return arn("rolesanywhere", "trust-anchor/11111111-2222-4333-8444-555555555555");
      case "AWS::RolesAnywhere::Profile ProfileArn":
        return arn("rolesanywhere", "profile/66666666-7777-4888-8999-000000000000");
      default:
        return `<${resource.Type} ${id} ${attribute}>`;
    }
  };
}
