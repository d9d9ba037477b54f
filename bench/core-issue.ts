import { generateKeyPairSync, sign, verify, type KeyPairKeyObjectResult as KeyPair } from "node:crypto";
import { issuerOf } from "../core/authority/authority.ts";
import { buildRootTbs } from "../core/certificate/ca-certificate.ts";
import { parseCertificateRequestPem } from "../core/csr/certificate-request.ts";
import { decide, type SigningParameters } from "../core/policy/decision.ts";
import { subjectName } from "../core/asn1/distinguished-name.ts";
import type { Identity } from "../core/token/identity.ts";
import { DEFAULT_POLICY } from "../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../core/certificate/profile.ts";
import { randomSerialNumber } from "../core/certificate/serial-number.ts";
import { ECDSA_SHA256, isValidSignature, signLocally } from "../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildEndEntityTbs } from "../core/certificate/tbs-certificate.ts";
import { validityOf } from "../core/certificate/validity.ts";
import { nodeCsrPem } from "./node-csr.ts";
import { peculiarIssue } from "./peculiar-issue.ts";
import { comparedWith, type Figure, rounded } from "./figure.ts";
import { microsecondsOf } from "./timing.ts";

const IDENTITY: Identity = {
  username: "system:bootstrap:abcdef",
  groups: ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"],
};
const PARAMETERS: SigningParameters = {
  signerName: KUBELET_CLIENT_SIGNER,
  usages: undefined,
  lifetimeSeconds: undefined,
  sourceIp: "127.0.0.1",
};

/**
 * CPU time of one issuance in the core: parse and verify the CSR, decide, build, sign with a local key in KMS' place,
 * check. The floor that no service can go below is one P-256 verification, one signature, one verification.
 */
export async function coreIssueFigures(): Promise<Figure[]> {
  const csrPem = nodeCsrPem("n1.example");
  const ca = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const peculiar = await peculiarIssue(csrPem, ca);
  const own = ownIssue(csrPem, ca);
  const message = Buffer.alloc(330, 7);
  const signature = sign("sha256", message, ca.privateKey);
  const times = microsecondsOf({
    floor: () => {
      verify("sha256", message, ca.publicKey, signature);
      verify("sha256", message, ca.publicKey, sign("sha256", message, ca.privateKey));
    },
    own,
  });
  const floor = times["floor"] ?? NaN;
  return [
    comparedWith(floor, {
      name: "core.issue",
      value: rounded(times["own"] ?? NaN),
      unit: "µs",
      note: "floor: verify + sign + verify",
    }),
    comparedWith(floor, {
      name: "core.issue.peculiar",
      value: rounded(await peculiar()),
      unit: "µs",
      note: "the same job with @peculiar/x509",
    }),
  ];
}

function ownIssue(csrPem: string, ca: KeyPair): () => void {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const validity = { notBefore: new Date(nowMs - 300_000), notAfter: new Date(nowMs + 365 * 24 * 3600_000) };
  const spki = ca.publicKey.export({ format: "der", type: "spki" });
  const tbs = buildRootTbs(
    { serialNumber: randomSerialNumber(), validity, subject: subjectName(["Bench"], "bench G1"), spki, pathLength: 0 },
    ECDSA_SHA256,
  );
  const certificate = assembleCertificate(tbs, ECDSA_SHA256, signLocally(ECDSA_SHA256, tbs, ca.privateKey));
  const issuer = issuerOf({ id: "bench", certificate, keyArn: "bench" });
  return () => {
    const csr = parseCertificateRequestPem(csrPem);
    const decision = decide(IDENTITY, csr, PARAMETERS, DEFAULT_POLICY);
    if (decision.outcome !== "issue") throw new Error("the benchmark's own request was not granted");
    const leafTbs = buildEndEntityTbs(issuer, {
      ...decision.grant,
      serialNumber: randomSerialNumber(),
      validity: validityOf(new Date(), 86400, issuer),
      spki: csr.spki,
    });
    const signature = signLocally(ECDSA_SHA256, leafTbs, ca.privateKey);
    if (!isValidSignature(ECDSA_SHA256, leafTbs, issuer.publicKey, signature))
      throw new Error("the benchmark's own signature does not verify");
    assembleCertificate(leafTbs, ECDSA_SHA256, signature);
  };
}
