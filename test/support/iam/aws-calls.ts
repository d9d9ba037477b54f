import type { RecordedRequest } from "./recorded-request.ts";
import type { AwsCall } from "./policy-statement.ts";

export interface CallSettings {
  readonly accountId: string;
  readonly region: string;
  readonly roleArn: (functionName: string) => string;
  readonly functionArn: (functionName: string) => string;
  /** IAM is asked about the key that an alias names. */
  readonly keyArn: (alias: string) => string;
}

interface Members {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly Item?: Readonly<Record<string, { readonly S?: string }>>;
  readonly Key?: Readonly<Record<string, unknown>>;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly KeyId?: string;
  readonly SecretId?: string;
  readonly SigningAlgorithm?: string;
  readonly MessageType?: string;
  readonly Entries?: readonly { readonly EventBusName: string; readonly Source: string }[];
}

/** What IAM would be asked about a request: one call for each table it names. @throws Error when it is of no service known here */
export function awsCallsOf(request: RecordedRequest, settings: CallSettings): readonly AwsCall[] {
  const principalArn = settings.roleArn(request.functionName);
  const call = (action: string, resource: string, context: AwsCall["context"] = {}): AwsCall => ({
    action,
    resource,
    principalArn,
    context: {
      "aws:SecureTransport": "true",
      "s3:TlsVersion": "1.3",
      "lambda:SourceFunctionArn": settings.functionArn(request.functionName),
      ...context,
    },
  });
  // An administrator signed this one: the function passes on what it was given, and needs no permission for it.
  if (request.path.includes("Action=GetCallerIdentity")) return [];
  if (/^\/(?:trustanchor|crls?)\b/.test(request.path)) return rolesAnywhereCalls(request, settings, call);
  if (request.target === undefined) return [s3Call(request, call)];
  const [service = "", operation = ""] = request.target.split(".");
  const members = JSON.parse(request.body) as Members;
  switch (service) {
    case "DynamoDB_20120810": {
      const tables = members.RequestItems === undefined ? [members.TableName ?? ""] : Object.keys(members.RequestItems);
      const suffix = members.IndexName === undefined ? "" : `/index/${members.IndexName}`;
      return tables.map((table) =>
        call(
          `dynamodb:${operation}`,
          `arn:aws:dynamodb:${settings.region}:${settings.accountId}:table/${table}${suffix}`,
          { ...leadingKeys(members), ...updatedAttributes(operation, members) },
        ),
      );
    }
    case "TrentService":
      return [call(`kms:${operation}`, keyOf(request, members, settings), kmsContext(members))];
    case "AWSEvents":
      return (members.Entries ?? []).map(({ EventBusName, Source }) =>
        call(
          `events:${operation}`,
          `arn:aws:events:${settings.region}:${settings.accountId}:event-bus/${EventBusName}`,
          { "events:source": Source },
        ),
      );
    case "secretsmanager":
      return [call(`secretsmanager:${operation}`, members.SecretId ?? "*")];
    default:
      throw new Error(`${request.target} is no call known here`);
  }
}

/** The partition key of the one item that is put into the table of authorities; no policy asks of others. */
function leadingKeys({ Item }: Members): Readonly<Record<string, string>> {
  const id = Item?.["id"]?.S;
  return id === undefined ? {} : { "dynamodb:LeadingKeys": id };
}

/** Every attribute that an update names, in its condition too, and its key. */
function updatedAttributes(
  operation: string,
  { Key = {}, ExpressionAttributeNames = {} }: Members,
): AwsCall["context"] {
  if (operation !== "UpdateItem") return {};
  return { "dynamodb:Attributes": [...Object.keys(Key), ...Object.values(ExpressionAttributeNames)].sort() };
}

function s3Call({ method, path }: RecordedRequest, call: (action: string, resource: string) => AwsCall): AwsCall {
  if (method !== "PUT") throw new Error(`${method} ${path} is no call of S3 known here`);
  return call("s3:PutObject", `arn:aws:s3:::${decodeURIComponent(path.slice(1))}`);
}

const ROLES_ANYWHERE: Readonly<Record<string, string>> = {
  "GET trustanchor": "GetTrustAnchor",
  "PATCH trustanchor": "UpdateTrustAnchor",
  "GET crls": "ListCrls",
  "POST crls": "ImportCrl",
  "PATCH crl": "UpdateCrl",
};

/** By the Service Authorization Reference. A list that has tags when it is imported takes two permissions. */
function rolesAnywhereCalls(
  { method, path, body }: RecordedRequest,
  { region, accountId }: CallSettings,
  call: (action: string, resource: string, context?: AwsCall["context"]) => AwsCall,
): readonly AwsCall[] {
  const [kind = "", id = ""] = path.slice(1).replace(/\?.*/, "").split("/");
  const operation = ROLES_ANYWHERE[`${method} ${kind}`];
  if (operation === undefined) throw new Error(`${method} ${path} is no call of Roles Anywhere known here`);
  const arn = (type: string, name: string): string => `arn:aws:rolesanywhere:${region}:${accountId}:${type}/${name}`;
  if (kind === "trustanchor") return [call(`rolesanywhere:${operation}`, arn("trust-anchor", id))];
  // Lists in a test's account are of this deployment, and have its tag.
  if (operation === "UpdateCrl")
    return [call("rolesanywhere:UpdateCrl", arn("crl", id), { "aws:ResourceTag/nodeseal:cluster": "nodeseal" })];
  if (operation === "ListCrls") return [call("rolesanywhere:ListCrls", "*")];
  const { tags = [] } = JSON.parse(body) as { tags?: readonly { key: string; value: string }[] };
  const context = Object.fromEntries(tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value]));
  const tagging = tags.length === 0 ? [] : [call("rolesanywhere:TagResource", arn("crl", "new"), context)];
  return [call("rolesanywhere:ImportCrl", "*", context), ...tagging];
}

function keyOf({ keyAlias }: RecordedRequest, { KeyId = "*" }: Members, { keyArn }: CallSettings): string {
  return keyAlias === undefined ? KeyId : keyArn(keyAlias);
}

/** KMS takes a missing message type for RAW. */
function kmsContext({ SigningAlgorithm, MessageType = "RAW" }: Members): Readonly<Record<string, string>> {
  return SigningAlgorithm === undefined
    ? {}
    : { "kms:SigningAlgorithm": SigningAlgorithm, "kms:MessageType": MessageType };
}
