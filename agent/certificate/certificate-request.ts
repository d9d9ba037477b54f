import { sign } from "node:crypto";
import type { Der } from "../../core/asn1/der.ts";
import { bitString, contextConstructed, sequence, unsignedInteger } from "../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import { NODES_GROUP, NODE_USERNAME_PREFIX } from "../../core/certificate/node-name.ts";
import { issuingAlgorithm } from "../../core/keys/signature-algorithm.ts";
import type { KeyPair } from "./key-pair.ts";

const VERSION_1 = unsignedInteger(Uint8Array.of(0));
/** [0] IMPLICIT SET OF: mandatory even when empty (RFC 2986 section 4). */
const NO_ATTRIBUTES = contextConstructed(0);

/** The common name of a node's client certificate in Kubernetes (K8.3). */
export function commonNameOf(nodeName: string): string {
  return `${NODE_USERNAME_PREFIX}${nodeName}`;
}

/** A PKCS #10 request like the kubelet's (K8.3): only the subject `O=system:nodes, CN=system:node:<name>`. */
export function buildCertificateRequest(nodeName: string, { keyType, privateKey, spki }: KeyPair): Der {
  const subject = encodeDistinguishedName(subjectName([NODES_GROUP], commonNameOf(nodeName)));
  const info = sequence(VERSION_1, subject, spki, NO_ATTRIBUTES);
  const { hash, algorithmIdentifier } = issuingAlgorithm(keyType);
  return sequence(info, algorithmIdentifier, bitString(sign(hash, info, privateKey)));
}
