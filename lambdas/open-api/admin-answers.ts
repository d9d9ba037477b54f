import * as z from "zod/mini";
import { REVOCATION_REASONS } from "../../core/ledger/issuance-record.ts";
import { SIGNED_KINDS } from "../../core/keys/signature-register.ts";
import { policySchema } from "../../core/policy/policy-schema.ts";
import { REFUSAL_CODES } from "../../core/refusal.ts";
import { NODE_STATES } from "../../core/revocation/revoke.ts";
import { TOKEN_USAGES } from "../../core/token/token-record.ts";
import { CERTIFICATE_STATES } from "../admin-api/certificates.ts";
import { REQUEST_STATES } from "../admin-api/requests.ts";
import { count, serialNumber, text, time } from "./node-answers.ts";

const when = z.nullable(time);
const said = z.nullable(text);
const serialOrNone = z.nullable(serialNumber);

const grant = {
  tokenId: text,
  expiration: when,
  groups: z.array(text),
  usages: z.array(z.enum(TOKEN_USAGES)),
  maxUses: z.nullable(count),
  nodeNames: z.array(text),
  sourceCidrs: z.array(text),
  allowReplace: z.boolean(),
  description: text,
  createdAt: time,
  createdBy: text,
};
const createdToken = z.strictObject({
  token: text.check(z.describe("With the secret: shown here and never again")),
  ...grant,
  joinCommand: text.check(z.describe("To paste on the node. The token comes by standard input")),
});
const token = z.strictObject({
  ...grant,
  uses: z.nullable(count).check(z.describe("Null where uses are not counted")),
  revokedAt: when,
  state: z.enum(["Active", "Spent", "Expired", "Revoked"]),
});

const request = {
  name: text,
  state: z.enum(REQUEST_STATES),
  signerName: text,
  username: text,
  groups: z.array(text),
  nodeName: text,
  usages: z.array(text),
  expirationSeconds: z.nullable(z.int()),
  createdAt: time,
  decision: z.nullable(
    z.strictObject({
      outcome: z.enum(["Approved", "Denied"]),
      by: text,
      at: time,
      reason: text,
      message: text,
      replace: z.boolean(),
    }),
  ),
  subject: said,
  serialNumber: serialOrNone,
  obstacle: z
    .nullable(z.strictObject({ code: z.enum(REFUSAL_CODES), message: text, at: when }))
    .check(z.describe("Of an approved request: why it is not signed")),
  note: z.optional(text.check(z.describe("Why the subject is not known"))),
};

const certificate = {
  serialNumber: serialOrNone,
  name: text,
  state: z.enum(CERTIFICATE_STATES),
  subject: said,
  nodeName: text,
  signerName: text,
  issuer: said,
  notBefore: when,
  notAfter: when,
  tokenId: said,
  spkiSha256: said,
  username: text,
  createdAt: time,
  revocation: z.nullable(z.strictObject({ reason: z.enum(REVOCATION_REASONS), by: text, at: time })),
  note: z.optional(text),
};

const node = {
  nodeName: text,
  signerName: text,
  state: z.enum(NODE_STATES),
  issuer: said,
  serialNumber: serialOrNone,
  notAfter: when,
  overdueSince: when,
  generation: count,
  lastSeenAt: when,
  releasedAt: when,
  revokedAt: when,
  agentVersion: said,
  trustBundleSequence: z.nullable(count),
  recoveredAt: when,
  recoveries: count,
  recoveryAllowance: z.nullable(z.strictObject({ until: time, recoveries: count, by: text })),
  renewalRequest: z.nullable(z.strictObject({ at: time, until: time, by: text })),
  supersededUse: z.nullable(z.strictObject({ serialNumber, at: time, count })),
  unknownUse: z.nullable(z.strictObject({ serialNumber, at: time })),
  admission: z.nullable(z.strictObject({ serialNumber, at: time, by: text })),
};

const changeRequest = z.strictObject({
  number: count,
  act: z.enum(["prepare", "activate", "retire"]),
  authorityId: text,
  force: z.boolean(),
  state: z.enum(["pending", "held", "done", "refused"]),
  reason: text,
  askedAt: time,
  askedBy: text,
  secondedBy: said.check(z.describe("Of a forced one: who asked for the same besides")),
  judgedAt: when,
});

function pageOf<T extends z.ZodMiniType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    cursor: z.optional(text.check(z.describe("Of the next page; absent on the last. Pages may be short, or empty"))),
  });
}

/** What the admin API answers. Strict, so that a test tells a member that is not described; clients must ignore others. */
export const ADMIN_ANSWERS = {
  CreatedToken: z.union([createdToken, z.strictObject({ items: z.array(createdToken) })]),
  Token: token,
  TokenList: pageOf(token),
  CertificateRequest: z.strictObject({
    ...request,
    csr: z.optional(text.check(z.describe("PEM"))),
    rule: z.optional(said.check(z.describe("By which it waits, of the policy in force"))),
    token: z.optional(z.nullable(z.strictObject({ tokenId: text, description: text, createdBy: text }))),
  }),
  CertificateRequestList: pageOf(z.strictObject(request)),
  CertificateRecord: z.strictObject({
    ...certificate,
    certificate: text.check(z.describe("PEM chain; empty if unsigned")),
  }),
  CertificateList: pageOf(z.strictObject(certificate)),
  Node: z.strictObject({
    ...node,
    signers: z.array(z.strictObject(node)).check(z.describe("One for each signer that certified the name")),
    cursor: z.optional(text.check(z.describe("Of a revocation that has more to do: send it with the next"))),
  }),
  NodeList: pageOf(z.strictObject(node)),
  RecoveryAdmission: z.strictObject({
    state: z.enum(["None", "Open", "Ended"]),
    issuedAfter: when,
    authorityIds: z.optional(z.array(text)),
    openedAt: when,
    until: when,
    except: z.array(text),
    by: said,
  }),
  AuthorityList: z.strictObject({
    sequence: count.check(z.describe("Of the trust bundle")),
    items: z.array(
      z.strictObject({
        id: text,
        role: z.enum(["root", "issuing"]),
        state: z.enum(["prepared", "active", "retiring", "retired"]),
        stateSince: when,
        subject: text,
        keySpec: text,
        keyArn: said,
        serialNumber: text,
        notBefore: time,
        notAfter: time,
        spkiSha256: text,
        certificate: text,
      }),
    ),
    changeRequests: z.array(changeRequest),
    wishes: z.array(changeRequest).check(z.describe("`changeRequests` by its name until 0.1; it goes with 0.3")),
    requests: z
      .array(z.strictObject({ authorityId: text, csr: text }))
      .check(z.describe("What an external CA is asked to certify")),
  }),
  ChangeRequest: changeRequest,
  SignatureList: pageOf(
    z.strictObject({
      kind: z.enum(SIGNED_KINDS),
      keyArn: said,
      requestId: said.check(z.describe("Of the key service, as CloudTrail logs it; null where no answer was kept")),
      attempts: count.check(z.describe("How often the key may have signed it")),
      beganAt: when,
      storedAt: z.optional(when),
      serialNumber: z.optional(serialOrNone),
      nodeName: z.optional(text),
      signerName: z.optional(text),
      sha256: z.optional(text.check(z.describe("Of what was signed"))),
    }),
  ),
  Policy: policySchema,
  Whoami: z.strictObject({ principal: text.check(z.describe("An ARN")), at: time }),
  Simulation: z.strictObject({
    decision: z.enum(["Issue", "Pending", "Deny"]),
    policyVersion: text,
    rule: z.optional(text),
    field: z.optional(text),
    code: z.optional(z.enum(REFUSAL_CODES)),
    reason: z.optional(text),
    certificate: z.optional(
      z.strictObject({
        subject: text,
        dnsNames: z.array(text),
        ipAddresses: z.array(text),
        usages: z.array(text),
        lifetimeSeconds: z.int(),
      }),
    ),
  }),
} as const;
