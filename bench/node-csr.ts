import { generateKeyPairSync } from "node:crypto";
import { bitString, contextConstructed, sequence, unsignedInteger } from "../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../core/asn1/distinguished-name.ts";
import { encodePem } from "../core/asn1/pem.ts";
import { ECDSA_SHA256, signLocally } from "../core/keys/signature-algorithm.ts";

/** A CSR like a kubelet's: a fresh P-256 key, O=system:nodes, CN=system:node:<name>, no attributes. */
export function nodeCsrPem(nodeName: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const info = sequence(
    unsignedInteger(Uint8Array.of(0)),
    encodeDistinguishedName(subjectName(["system:nodes"], `system:node:${nodeName}`)),
    publicKey.export({ format: "der", type: "spki" }),
    contextConstructed(0),
  );
  const signature = signLocally(ECDSA_SHA256, info, privateKey);
  return encodePem("CERTIFICATE REQUEST", sequence(info, ECDSA_SHA256.algorithmIdentifier, bitString(signature)));
}
