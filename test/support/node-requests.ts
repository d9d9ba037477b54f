import { authenticateCertificate } from "../../core/issuance/authenticate-certificate.ts";
import { encodeBootstrapToken, hashTokenSecret, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import type { CertificateRequest } from "../../core/csr/certificate-request.ts";
import type { SigningParameters } from "../../core/policy/decision.ts";
import type { Der } from "../../core/asn1/der.ts";
import type { EnrolmentRequest } from "../../core/issuance/enrol.ts";
import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import type { IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import type { RenewalRequest } from "../../core/issuance/renew.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import { NOW } from "./authorities.ts";
import { NODE_NAME, parsedCsr, subjectOf } from "./certificate-requests.ts";
import { newKeyPair, type KeyPair } from "./key-pairs.ts";

/** What a kubelet asks for. */
export const PARAMETERS: SigningParameters = {
  signerName: KUBELET_CLIENT_SIGNER,
  usages: undefined,
  lifetimeSeconds: undefined,
  sourceIp: "192.0.2.7",
};

const keyPairs = new Map<string, KeyPair>();
const csrs = new Map<string, CertificateRequest>();

export function keyPairOf(key: string): KeyPair {
  const keyPair = keyPairs.get(key) ?? newKeyPair("P-256");
  keyPairs.set(key, keyPair);
  return keyPair;
}

/** The CSR of the key called `key` for a node, made and checked once: a thousand runs share it. */
export function csrOf(key: string, nodeName = NODE_NAME, signerName = KUBELET_CLIENT_SIGNER): CertificateRequest {
  const keyPair = keyPairOf(key);
  const isKubelet = signerName === KUBELET_CLIENT_SIGNER;
  const label = `${key} ${nodeName} ${isKubelet}`;
  const subject = isKubelet ? subjectOf(["system:nodes"], `system:node:${nodeName}`) : subjectOf([], nodeName);
  const csr = csrs.get(label) ?? parsedCsr({ keyPair, subject });
  csrs.set(label, csr);
  return csr;
}

/** A token as `kubeadm token create` makes it, but for the changes. */
export function tokenRecordOf(token: BootstrapToken, changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    tokenId: token.id,
    secretHash: hashTokenSecret(token),
    groups: [DEFAULT_TOKEN_GROUP],
    usages: ["signing", "authentication"],
    expiration: undefined,
    maxUses: undefined,
    usedBy: new Set(),
    nodeNames: [],
    sourceCidrs: [],
    allowReplace: false,
    description: "",
    createdAt: NOW,
    createdBy: "test",
    revokedAt: undefined,
    ...changes,
  };
}

export interface Enrolment {
  readonly token: BootstrapToken;
  readonly key: string;
  readonly nodeName?: string;
  readonly arrivedAt: Date;
  readonly parameters?: SigningParameters;
}

export function enrolmentRequest(enrolment: Enrolment): EnrolmentRequest {
  const { token, key, nodeName, arrivedAt, parameters = PARAMETERS } = enrolment;
  const csr = () => csrOf(key, nodeName, parameters.signerName);
  return { token: encodeBootstrapToken(token), csr, parameters, arrivedAt };
}

export interface Renewal {
  /** The certificate that authenticates it. */
  readonly certificate: Der;
  readonly key: string;
  readonly nodeName?: string;
  readonly arrivedAt: Date;
}

/** As by proof: what has expired may ask to recover. @throws RefusalError as the front of a renewal does */
export function renewalRequest(
  { certificate, key, nodeName, arrivedAt }: Renewal,
  directory: IssuerDirectory,
  now: Date,
): RenewalRequest {
  const authenticated = authenticateCertificate(certificate, directory, now, "invalid_proof", "recoverable");
  return { authenticated, csr: csrOf(key, nodeName), parameters: PARAMETERS, arrivedAt, directory };
}

/** The certificate in an answer. */
export function certificateIn({ issued, record }: IssuanceAnswer): Der {
  const [certificate] = issued?.chain ?? [];
  if (certificate === undefined) throw new Error(`the answer for ${record.name} holds no certificate`);
  return certificate;
}
