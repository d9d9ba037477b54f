import { BOOTSTRAP_USERNAME_PREFIX, BOOTSTRAPPERS_GROUP } from "../token/bootstrap-token.ts";
import type { CertificateGrant } from "./certificate-grant.ts";
import { decide } from "./decision.ts";
import { describeName, valuesOf } from "../asn1/distinguished-name.ts";
import { AUTHENTICATED_GROUP, type Identity } from "../token/identity.ts";
import { NODES_GROUP } from "../certificate/node-name.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { Policy } from "./policy.ts";
import { KUBELET_CLIENT_SIGNER, profileOf } from "../certificate/profile.ts";
import { RefusalError, type RefusalCode } from "../refusal.ts";
import type { Claims } from "../attestation/claims.ts";
import { identify } from "../attestation/identify.ts";
import { selectProvider } from "../attestation/select-provider.ts";
import { acceptClaims } from "../attestation/verify-token.ts";
import { parseCertificateRequestPem } from "../csr/certificate-request.ts";
import { requestedCertificateOf, type RequestedCertificate } from "../csr/requested-certificate.ts";
import type { SimulationRequest } from "./simulation-request.ts";
import { identityOfToken, tokenStateOf, type TokenRecord } from "../token/token-record.ts";
import { lifetimeSecondsOf } from "../certificate/validity.ts";

/** What policy would decide. A denial has the members of the problem document that the requester would get. */
export interface Simulation {
  readonly decision: "Issue" | "Pending" | "Deny";
  readonly policyVersion: string;
  readonly rule?: string;
  readonly field?: string;
  readonly code?: RefusalCode;
  readonly reason?: string;
  /** What the certificate would contain. For a pending request: once it is approved. */
  readonly certificate?: SimulatedCertificate;
}

export interface SimulatedCertificate {
  readonly subject: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly string[];
  /** Before the issuing CA's own end of validity limits it. */
  readonly lifetimeSeconds: number;
}

/**
 * What policy decides on a request, by the same function as for a real one. Nothing is read, signed or written. Whether
 * the node's name is free is not decided here: only the claim on it can answer that.
 *
 * @param token the stored record of the token `identity.tokenId`
 * @throws RefusalError `bad_csr`, `weak_key` or `too_large` for a CSR that enrolment would refuse
 */
export function simulate(request: SimulationRequest, policy: Policy, now: Date, token?: TokenRecord): Simulation {
  if (request.identity.tokenId !== token?.tokenId) throw new Error("the token is not the one that is asked about");
  const { signerName = KUBELET_CLIENT_SIGNER, usages, expirationSeconds: lifetimeSeconds } = request;
  const requested = requestedCertificateOf({ ...request, subject: subjectOf(request, signerName), signerName });
  const policyVersion = policy.version;
  const deny = (denial: Omit<Simulation, "decision" | "policyVersion">): Simulation => ({
    decision: "Deny",
    policyVersion,
    ...denial,
  });
  if (token !== undefined && !isUsable(token, now))
    return deny({ code: "invalid_token", reason: `the token is ${unusableBecause(token, now)}` });
  const identity = identityOf(request, requested, policy, now, token);
  if (identity instanceof RefusalError) {
    const { rule, field, code, message: reason } = identity;
    return deny({ code, reason, ...(rule === undefined ? {} : { rule }), ...(field === undefined ? {} : { field }) });
  }
  const parameters = { signerName, usages, lifetimeSeconds, sourceIp: request.sourceIp ?? "" };
  const decision = decide(identity, requested, parameters, policy);
  if (decision.outcome === "deny") {
    const { rule, field, code, reason } = decision;
    return deny({ rule, field, code, reason });
  }
  if (token !== undefined && tokenStateOf(token, now) === "Spent")
    return deny({ code: "token_spent", reason: "the token has been used as often as it allows" });
  return {
    decision: decision.outcome === "issue" ? "Issue" : "Pending",
    policyVersion,
    rule: decision.grant.rule.name,
    certificate: certificateOf(decision.grant, lifetimeSeconds),
  };
}

function isUsable(token: TokenRecord, now: Date): boolean {
  return !["Expired", "Revoked"].includes(tokenStateOf(token, now)) && token.usages.includes("authentication");
}

function unusableBecause(token: TokenRecord, now: Date): string {
  const state = tokenStateOf(token, now);
  return state === "Expired" || state === "Revoked" ? state.toLowerCase() : "for signing only";
}

/** As authentication would build it: every token holder is a bootstrapper, and every requester is authenticated. */
function identityOf(
  request: SimulationRequest,
  requested: RequestedCertificate,
  policy: Policy,
  now: Date,
  token: TokenRecord | undefined,
): Identity | RefusalError {
  const {
    identity: { groups = [], username, claims },
    sourceIp,
  } = request;
  if (claims !== undefined) return attestedIdentity(claims, request, policy, now);
  // Without a source address, the source is taken to be one that the token allows.
  if (token !== undefined) return identityOfToken(sourceIp === undefined ? { ...token, sourceCidrs: [] } : token);
  const isBootstrapper = groups.some((group) => group.startsWith(`${BOOTSTRAPPERS_GROUP}:`));
  return {
    username: username ?? usualUsername(groups, requested),
    groups: [...new Set([...(isBootstrapper ? [BOOTSTRAPPERS_GROUP] : []), ...groups])]
      .sort()
      .concat(AUTHENTICATED_GROUP),
  };
}

/** What the claims would be worth, were they signed. Without a CSR, the token is taken to be made for the one there will be. */
function attestedIdentity(
  claims: Claims,
  { csr }: SimulationRequest,
  { identityProviders, identityRules }: Policy,
  now: Date,
): Identity | RefusalError {
  try {
    const evidence = acceptClaims(claims, selectProvider(claims, identityProviders), now);
    return identify(evidence, csr === undefined ? "any" : parseCertificateRequestPem(csr).der, identityRules);
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
}

/** Where nothing asks for a name, the claims say it. */
function subjectOf({ csr, nodeName, subject }: SimulationRequest, signerName: string): SimulationRequest["subject"] {
  const isAsked = [csr, nodeName, subject].some((member) => member !== undefined);
  return isAsked ? subject : { organizations: [...(profileOf(signerName)?.organizations ?? [])] };
}

/** A node that renews asks for its own name. */
function usualUsername(groups: readonly string[], { subject }: RequestedCertificate): string {
  const [commonName] = valuesOf(subject, OID.commonName);
  return groups.includes(NODES_GROUP) && commonName !== undefined ? commonName : `${BOOTSTRAP_USERNAME_PREFIX}unknown`;
}

function certificateOf(
  { rule, subject, dnsNames, ipAddresses, usages }: CertificateGrant,
  requestedSeconds: number | undefined,
): SimulatedCertificate {
  const lifetimeSeconds = lifetimeSecondsOf(requestedSeconds, rule);
  return { subject: describeName(subject), dnsNames, ipAddresses, usages, lifetimeSeconds };
}
