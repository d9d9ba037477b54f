import type { Room } from "../rooms.ts";

export const CORE_ROOMS: Readonly<Record<string, Room>> = {
  core: { holds: "the one class of refusals, with its codes", mayImport: [] },
  "core/asn1": { holds: "DER, PEM and distinguished names", mayImport: ["core", "node:buffer"] },
  "core/input": { holds: "JSON from outside, checked by schemas", mayImport: ["core", "zod/mini"] },
  "core/keys": {
    holds: "public keys, their weaknesses, signature algorithms; the ports that sign and make keys",
    mayImport: ["core", "core/asn1", "node:crypto"],
  },
  "core/certificate": {
    holds: "X.509 certificates: fields, extensions, profiles, names",
    mayImport: ["core", "core/asn1", "core/keys", "node:crypto"],
  },
  "core/csr": {
    holds: "PKCS#10 requests, and what they ask for",
    mayImport: ["core", "core/asn1", "core/keys", "core/certificate"],
  },
  "core/token": {
    holds: "bootstrap tokens, and the identities that callers prove",
    mayImport: ["core", "core/input", "core/certificate", "node:crypto"],
  },
  "core/ledger": {
    holds: "the records of issuances and nodes, and the ports that store them",
    mayImport: ["core", "core/asn1", "core/certificate", "node:crypto"],
  },
  "core/policy": {
    holds: "who gets which certificate: rules, the decision, simulations",
    mayImport: [
      "core",
      "core/asn1",
      "core/certificate",
      "core/csr",
      "core/input",
      "core/keys",
      "core/token",
      "zod/mini",
    ],
  },
  "core/audit": { holds: "what is logged, and which events it becomes", mayImport: ["zod/mini"] },
  "core/authority": {
    holds: "CA generations, their states, the trust bundle",
    mayImport: ["core", "core/asn1", "core/certificate", "core/keys", "core/policy", "node:crypto"],
  },
  "core/authority/external": {
    holds: "CAs whose certificates an external CA signs",
    mayImport: ["core", "core/asn1", "core/authority", "core/certificate", "core/inspection", "core/keys"],
  },
  "core/authority/reconciliation": {
    holds: "the loop that makes, changes and publishes CAs",
    mayImport: [
      "core",
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/inspection",
      "core/keys",
      "core/ledger",
      "core/policy",
      "core/renewal",
      "core/revocation",
    ],
  },
  "core/inspection": {
    holds: "the second opinion: CA certificates, trust bundles and revocation lists as @peculiar/x509 reads them",
    mayImport: [
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/keys",
      "core/ledger",
      "node:crypto",
      "@peculiar/",
      "reflect-metadata",
    ],
  },
  "core/revocation": {
    holds: "revoking certificates and nodes; revocation lists",
    mayImport: [
      "core",
      "core/asn1",
      "core/authority",
      "core/certificate",
      "core/inspection",
      "core/keys",
      "core/ledger",
      "node:crypto",
    ],
  },
  "core/renewal": {
    holds: "when certificates are renewed, and who has stopped",
    mayImport: ["core", "core/certificate", "core/ledger", "core/policy", "core/revocation", "node:crypto"],
  },
  "core/admission": {
    holds: "certificates that we signed and that are not on record; their admission after a restore",
    mayImport: ["core", "core/certificate", "core/ledger", "node:crypto"],
  },
  "core/claim": {
    holds: "who may have a name: the claim on a node's record",
    mayImport: ["core", "core/admission", "core/certificate", "core/csr", "core/ledger", "core/revocation"],
  },
  "core/issuance": {
    holds: "the issuance cycle: authenticate, decide, reserve, sign, check, complete",
    mayImport: [
      "core",
      "core/admission",
      "core/asn1",
      "core/certificate",
      "core/claim",
      "core/csr",
      "core/keys",
      "core/ledger",
      "core/policy",
      "core/renewal",
      "core/token",
      "node:crypto",
    ],
  },
  "core/signing-request": {
    holds: "Kubernetes' CertificateSigningRequest objects: creation, decision, conditions, retention",
    mayImport: [
      "core",
      "core/certificate",
      "core/claim",
      "core/csr",
      "core/issuance",
      "core/ledger",
      "core/policy",
      "core/token",
    ],
  },
};
