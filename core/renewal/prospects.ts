import { isOpen, type RecoveryAdmission, type RecoveryAdmissionStore } from "../admission/recovery-admission.ts";
import { valuesOf } from "../asn1/distinguished-name.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { parseCertificateRequest, type CertificateRequest } from "../csr/certificate-request.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { settleExpired, type NodeRecord, type NodeSlot } from "../ledger/node-record.ts";
import { decide, type Decision } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import { RefusalError } from "../refusal.ts";
import { isStranded, retiredIssuers } from "../revocation/stranded.ts";
import { AUTHENTICATED_GROUP } from "../token/identity.ts";

export interface ProspectServices {
  readonly ledger: Pick<IssuanceLedger, "readMany">;
  readonly issuers: () => Promise<IssuerDirectory>;
  readonly admissions: Pick<RecoveryAdmissionStore, "read">;
  readonly policy: Policy;
  readonly clock: () => Date;
}

/** What an operator asks of a name: that its certificate is renewed early, or that it recovers until then. */
export type Asked = { readonly until: Date } | "renewal";

/** Throws for a name of which that can never come. @throws RefusalError */
export type AssertProspect = (node: NodeRecord) => void;

interface Reading {
  readonly records: ReadonlyMap<string, IssuanceRecord>;
  readonly directory: IssuerDirectory;
  readonly admission: RecoveryAdmission | undefined;
  readonly policy: Policy;
  readonly now: Date;
}

/**
 * Whether what an operator asks can come of it at all, before an override says yes: its CA still vouches for the latest
 * certificate, policy grants the next one, and the override does not end before it is needed.
 */
export async function prospectsOf(
  services: ProspectServices,
  nodes: readonly NodeRecord[],
  asked: Asked,
): Promise<AssertProspect> {
  const names = nodes.flatMap(({ anchor, candidate }) =>
    [anchor?.intentName ?? [], candidate?.intentName ?? []].flat(),
  );
  const [records, directory] = await Promise.all([services.ledger.readMany(names), services.issuers()]);
  const { policy } = services;
  const now = services.clock();
  const isAnyRetired = retiredIssuers(directory.bundle).size > 0;
  const open = isAnyRetired ? await services.admissions.read() : undefined;
  const admission = open !== undefined && isOpen(open, now) ? open : undefined;
  const reading: Reading = { records, directory, admission, policy, now };
  return (node) => {
    const slot = latestSlot(node, reading);
    if (slot === undefined) return;
    const record = records.get(slot.intentName);
    assertVouchedFor(node, slot, record, reading);
    const decision = record && nextDecision(record, policy);
    if (decision?.outcome === "deny") throw denied(node, decision);
    if (asked === "renewal") return;
    if (decision?.grant.rule.recoveries === 0) throw neverRecovers(node, decision.grant.rule.name);
    if (slot.notAfter > asked.until) throw endsTooSoon(node, slot, asked.until);
  };
}

function latestSlot(node: NodeRecord, { records, now }: Reading): NodeSlot | undefined {
  const settled = settleExpired(node, node.candidate && records.get(node.candidate.intentName), now);
  return settled.candidate ?? settled.anchor;
}

/** The CA must be one that is asked about when the certificate is presented (`authenticate-certificate.ts`). */
function assertVouchedFor(
  { nodeName }: NodeRecord,
  slot: NodeSlot,
  record: IssuanceRecord | undefined,
  { directory, admission, now }: Reading,
): void {
  const { bundle } = directory;
  if (record?.reservation === undefined) {
    // Its record is gone by its time. Only a CA that is older than the certificate can have signed it.
    const possible = directory.issuing().filter(({ notBefore, notAfter }) => notBefore <= slot.at && notAfter >= now);
    if (possible.length === 0) throw joinAgain(`the CA that signed the certificate of ${nodeName} is gone`);
    return;
  }
  const { issuerId } = record.reservation;
  if (!bundle.authorities.some(({ id }) => id === issuerId))
    throw joinAgain(`the CA ${issuerId} of ${nodeName} is gone`);
  const { notAfter } = directory.byId(issuerId);
  if (notAfter < now) throw joinAgain(`the CA ${issuerId} of ${nodeName} ended at ${notAfter.toISOString()}`);
  const isAdmitted = admission?.authorityIds?.includes(issuerId) === true && !admission.except.includes(nodeName);
  if (!isStranded(record, retiredIssuers(bundle)) || isAdmitted) return;
  throw joinAgain(
    `the CA ${issuerId} of ${nodeName} was retired`,
    `, or if that was a mistake: nodeseal recovery admit --authority ${issuerId}`,
  );
}

/** What policy says when the certificate asks for its next one, with a key of the same type. */
function nextDecision(record: IssuanceRecord, policy: Policy): Decision | undefined {
  const csr = readable(record);
  if (csr === undefined) return undefined;
  const groups = [...valuesOf(csr.subject, OID.organization), AUTHENTICATED_GROUP];
  const [username = record.nodeName] = valuesOf(csr.subject, OID.commonName);
  const { signerName, usages } = record;
  return decide({ username, groups }, csr, { signerName, usages, lifetimeSeconds: undefined, sourceIp: "" }, policy);
}

function readable({ csr }: IssuanceRecord): CertificateRequest | undefined {
  try {
    return parseCertificateRequest(csr);
  } catch (error) {
    // What an earlier version accepted. Nothing can be said of it, so nothing is refused.
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

function joinAgain(why: string, orElse = ""): RefusalError {
  return new RefusalError(
    "request_voided",
    `${why}: nothing renews or recovers its certificate; join it again with a new token${orElse}`,
  );
}

function denied(
  { nodeName }: NodeRecord,
  { rule, field, reason }: Extract<Decision, { outcome: "deny" }>,
): RefusalError {
  return new RefusalError(
    "denied_by_policy",
    `policy refuses ${nodeName} its next certificate, whatever an operator allows: ${reason}; change the policy, or join it again with a new token`,
    { rule, field },
  );
}

function neverRecovers({ nodeName }: NodeRecord, rule: string): RefusalError {
  return new RefusalError(
    "denied_by_policy",
    `the rule ${rule} lets no certificate recover ("recoveries": 0), whatever an operator allows: join ${nodeName} again with a new token`,
    { rule },
  );
}

function endsTooSoon({ nodeName }: NodeRecord, { notAfter }: NodeSlot, until: Date): RefusalError {
  return new RefusalError(
    "malformed_request",
    `${nodeName} needs no recovery until ${until.toISOString()}: its certificate renews by itself until it ends, at ${notAfter.toISOString()}; if the machine stays off for longer, allow it beyond that (--for), or when it is back`,
    { field: "ttlSeconds" },
  );
}
