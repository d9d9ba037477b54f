/** What an `Authorization: AWS4-HMAC-SHA256 …` header says. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly scopeDate: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, sorted, as they were listed. */
  readonly signedHeaders: readonly string[];
  readonly signature: Buffer;
}

const ALGORITHM = /^AWS4-HMAC-SHA256 +(.+)$/;
const CREDENTIAL = /^([A-Za-z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;
const SIGNED_HEADERS = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/** Reads the header; undefined when it is not complete, or says anything twice or besides. */
export function parseAuthorizationHeader(header: string | undefined): SignatureClaim | undefined {
  const parts = ALGORITHM.exec(header ?? "")?.[1]?.split(",") ?? [];
  const parameters = new Map(parts.map(nameAndValue));
  if (parts.length !== 3 || parameters.size !== 3) return undefined;
  const credential = CREDENTIAL.exec(parameters.get("Credential") ?? "");
  const signedHeaders = parameters.get("SignedHeaders") ?? "";
  const signature = parameters.get("Signature") ?? "";
  if (credential === null || !SIGNED_HEADERS.test(signedHeaders) || !SIGNATURE.test(signature)) return undefined;
  const [, accessKeyId = "", scopeDate = "", region = "", service = ""] = credential;
  return {
    accessKeyId,
    scopeDate,
    region,
    service,
    signedHeaders: signedHeaders.split(";"),
    signature: Buffer.from(signature, "hex"),
  };
}

function nameAndValue(part: string): [string, string] {
  const [name = "", ...value] = part.trim().split("=");
  return [name, value.join("=")];
}
