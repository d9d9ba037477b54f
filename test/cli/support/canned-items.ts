/* Answers of the admin API as API.md section 3 has them, at times relative to now: a column shows how far away they are. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Half a unit beyond what is shown, so that the seconds a test takes do not matter. */
export const IN_23_HOURS = 23 * HOUR + 30 * MINUTE;
export const IN_6_DAYS_3_HOURS = 6 * DAY + 3 * HOUR + 30 * MINUTE;
export const FIVE_MINUTES_AGO = -(5 * MINUTE);

/** RFC 3339, as the service writes it. */
export function fromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

export const KUBELET_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
export const DEFAULT_GROUP = "system:bootstrappers:kubeadm:default-node-token";

type Members = Readonly<Record<string, unknown>>;

export function tokenItem(members: Members = {}): Members {
  return {
    tokenId: "abcdef",
    expiration: fromNow(IN_23_HOURS),
    groups: [DEFAULT_GROUP],
    usages: ["signing", "authentication"],
    maxUses: 5,
    uses: 2,
    nodeNames: ["web-*"],
    sourceCidrs: [],
    allowReplace: false,
    description: "rack 7",
    createdAt: fromNow(-30 * MINUTE),
    createdBy: "arn:aws:iam::000000000000:user/local-administrator",
    revokedAt: null,
    state: "Active",
    ...members,
  };
}

export const REQUEST_NAME = "csr-Zk3kq1bX0dV1t4oTqk9yQyq5T0mB2bq3m2l1Zr8XyA0";

export function requestItem(members: Members = {}): Members {
  return {
    name: REQUEST_NAME,
    state: "Pending",
    signerName: KUBELET_SIGNER,
    username: "system:bootstrap:abcdef",
    groups: ["system:bootstrappers", DEFAULT_GROUP, "system:authenticated"],
    nodeName: "worker-1",
    usages: ["digital signature", "client auth"],
    expirationSeconds: DAY,
    createdAt: fromNow(FIVE_MINUTES_AGO - 20),
    decision: null,
    subject: "CN=system:node:worker-1,O=system:nodes",
    serialNumber: null,
    ...members,
  };
}

export const SERIAL_NUMBER = "4f8a1c00d2e94b7c8b1f5a3e6d7c9b0a";

export function certificateItem(members: Members = {}): Members {
  return {
    serialNumber: SERIAL_NUMBER,
    name: REQUEST_NAME,
    state: "Issued",
    subject: "CN=system:node:worker-1,O=system:nodes",
    nodeName: "worker-1",
    signerName: KUBELET_SIGNER,
    issuer: "issuing-g1",
    notBefore: fromNow(FIVE_MINUTES_AGO),
    notAfter: fromNow(IN_6_DAYS_3_HOURS),
    tokenId: "abcdef",
    spkiSha256: "a".repeat(64),
    username: "system:bootstrap:abcdef",
    createdAt: fromNow(FIVE_MINUTES_AGO),
    revocation: null,
    ...members,
  };
}

export function nodeItem(members: Members = {}): Members {
  return {
    nodeName: "worker-1",
    signerName: "kubernetes.io/kube-apiserver-client-kubelet",
    state: "Active",
    serialNumber: SERIAL_NUMBER,
    notAfter: fromNow(IN_6_DAYS_3_HOURS),
    overdueSince: null,
    generation: 3,
    lastSeenAt: fromNow(-(4 * HOUR + 30 * MINUTE + 30)),
    releasedAt: null,
    revokedAt: null,
    agentVersion: null,
    trustBundleSequence: null,
    recoveredAt: null,
    recoveries: 0,
    recoveryAllowance: null,
    renewalRequest: null,
    supersededUse: null,
    ...members,
  };
}

export function authorityItem(members: Members = {}): Members {
  return {
    id: "issuing-g1",
    role: "issuing",
    state: "active",
    subject: "CN=Nodeseal issuing CA g1",
    keySpec: "P-256",
    keyArn: "arn:aws:kms:eu-central-1:000000000000:key/7c5e",
    serialNumber: "0102030405060708090a0b0c0d0e0f10",
    notBefore: fromNow(-DAY),
    notAfter: fromNow(400 * DAY + 12 * HOUR),
    spkiSha256: "b".repeat(64),
    certificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ...members,
  };
}
