import assert from "node:assert/strict";
import { verify, X509Certificate } from "node:crypto";
import {
  canonicalRequest,
  headerValues,
  sha256Hex,
  type SignedRequest,
} from "../../../local/request-signature/canonical-request.ts";
import { isAbout, statementsOf } from "../iam/policy-statement.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as PeculiarCertificate,
} from "../x509.ts";
import { ServiceError, type EmulatedTrustAnchor } from "./trust-anchor.ts";

/** What the account has besides its trust anchor, as the template says it. */
export interface AssumableRole {
  readonly roleArn: string;
  readonly profileArn: string;
  readonly assumeRolePolicyDocument: unknown;
  readonly acceptRoleSessionName: boolean;
}

export interface Session {
  readonly commonName: string;
  readonly roleSessionName: string;
  readonly serialNumber: string;
  readonly durationSeconds: number;
}

const CLOCK_SKEW_MS = 5 * 60_000;
const denied = (why: string): ServiceError => new ServiceError(403, "AccessDeniedException", why);

function demand(condition: boolean, why: string): asserts condition {
  if (!condition) throw denied(why);
}

/**
 * CreateSession as its documentation has it ("The IAM Roles Anywhere authentication process", "Signing process", "The IAM
 * Roles Anywhere trust model"): signature, certificate, chain, revocation, role. Each check has a case in
 * test/roles-anywhere/create-session.test.ts that it alone refuses.
 */
export function createSession(
  request: SignedRequest,
  anchor: EmulatedTrustAnchor,
  role: AssumableRole,
  { region, now }: { readonly region: string; readonly now: Date },
): Session {
  const headers = headerValues(request.rawHeaders);
  const certificate = certificateIn(headers.get("x-amz-x509") ?? "");
  assertSigned(request, headers, certificate, { region, now });
  const query = new URL(request.target, "http://localhost").searchParams;
  demand(query.get("trustAnchorArn") === anchor.arn, "Unable to find trust anchor");
  demand(anchor.isEnabled, "Trust anchor disabled");
  demand(query.get("profileArn") === role.profileArn, "Unable to find profile");
  demand(query.get("roleArn") === role.roleArn, "the profile does not name the role");
  assertEndEntity(certificate);
  assertTrusted(certificate, anchor, now);
  demand(!anchor.isRevoked(certificate), "Certificate revoked");
  const body = JSON.parse(Buffer.from(request.body).toString()) as {
    readonly durationSeconds?: number;
    readonly roleSessionName?: string;
  };
  const commonName = commonNameOf(certificate);
  demand(body.roleSessionName === undefined || role.acceptRoleSessionName, "the profile takes no session name");
  const roleSessionName = body.roleSessionName ?? certificate.serialNumber.toLowerCase();
  for (const name of [commonName, roleSessionName])
    demand(/^[\w+=,.@-]{2,64}$/.test(name), `"${name}" is no name for a session`);
  assertAssumable(role, anchor, commonName, roleSessionName);
  const { serialNumber } = certificate;
  return { commonName, roleSessionName, serialNumber, durationSeconds: body.durationSeconds ?? 3600 };
}

function certificateIn(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    throw denied("X-Amz-X509 is no certificate");
  }
}

const AUTHORIZATION =
  /^(AWS4-X509-(?:ECDSA|RSA)-SHA256) Credential=(\d+)\/(\d{8})\/([a-z0-9-]+)\/rolesanywhere\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]+)$/;

function assertSigned(
  request: SignedRequest,
  headers: ReadonlyMap<string, string>,
  { publicKey, serialNumber }: X509Certificate,
  { region, now }: { readonly region: string; readonly now: Date },
): void {
  const [, algorithm = "", serial = "", date = "", scopeRegion = "", names = "", signature = ""] =
    AUTHORIZATION.exec(headers.get("authorization") ?? "") ?? [];
  const kind = publicKey.asymmetricKeyType === "ec" ? "ECDSA" : "RSA";
  demand(algorithm === `AWS4-X509-${kind}-SHA256`, "the algorithm is not the key's");
  demand(BigInt(serial) === BigInt(`0x${serialNumber}`), "the credential is not the certificate's serial number");
  const signedAt = headers.get("x-amz-date") ?? "";
  demand(scopeRegion === region && signedAt.startsWith(`${date}T`), "the scope is another Region's or day's");
  const time = Date.parse(signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  demand(Math.abs(time - now.getTime()) <= CLOCK_SKEW_MS, "the signature has expired");
  const signedHeaders = names.split(";");
  for (const name of [
    "host",
    "x-amz-date",
    "x-amz-x509",
    ...(headers.has("x-amz-x509-chain") ? ["x-amz-x509-chain"] : []),
  ])
    demand(signedHeaders.includes(name), `${name} is not signed`);
  const scope = `${date}/${scopeRegion}/rolesanywhere/aws4_request`;
  const text = [algorithm, signedAt, scope, sha256Hex(canonicalRequest(request, signedHeaders))].join("\n");
  demand(verify("sha256", Buffer.from(text), publicKey, Buffer.from(signature, "hex")), "the signature does not match");
}

function assertEndEntity(certificate: X509Certificate): void {
  const parsed = new PeculiarCertificate(certificate.raw);
  demand(parsed.getExtension(BasicConstraintsExtension)?.ca === false, "basic constraints must say CA:FALSE");
  const usages = parsed.getExtension(KeyUsagesExtension)?.usages ?? 0;
  demand((usages & KeyUsageFlags.digitalSignature) !== 0, "key usage lacks digital signature");
}

function assertTrusted(certificate: X509Certificate, { certificates }: EmulatedTrustAnchor, now: Date): void {
  const isValid = ({ validFromDate, validToDate }: X509Certificate): boolean =>
    validFromDate <= now && now <= validToDate;
  demand(isValid(certificate), "Certificate expired");
  const issuers = certificates.filter((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  demand(issuers.length > 0, "Untrusted certificate");
  demand(issuers.some(isValid), "the trust anchor's certificate has expired");
}

function commonNameOf(certificate: X509Certificate): string {
  const [name = ""] = new PeculiarCertificate(certificate.raw).subjectName.getField("CN");
  demand(name !== "", "the subject has no common name");
  return name;
}

/** As STS looks at a trust policy: for each of the three actions. */
function assertAssumable(
  { roleArn, assumeRolePolicyDocument }: AssumableRole,
  { arn }: EmulatedTrustAnchor,
  commonName: string,
  roleSessionName: string,
): void {
  const text = JSON.stringify(assumeRolePolicyDocument).replaceAll("${aws:PrincipalTag/x509Subject/CN}", commonName);
  const statements = statementsOf(JSON.parse(text)).map(({ Principal, ...statement }) => {
    assert.deepEqual(Principal, { Service: "rolesanywhere.amazonaws.com" });
    return statement;
  });
  const context = {
    "aws:SourceArn": arn,
    "aws:PrincipalTag/x509Subject/CN": commonName,
    "sts:RoleSessionName": roleSessionName,
  };
  for (const action of ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    demand(
      statements.some((one) => isAbout(one, { action, resource: roleArn, principalArn: "", context })),
      `the role's trust policy does not allow ${action}`,
    );
}
