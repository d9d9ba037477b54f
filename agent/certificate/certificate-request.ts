import { sign } from "node:crypto";
import type { Der } from "../../core/asn1/der.ts";
import { bitString, contextConstructed, sequence, setOf, unsignedInteger } from "../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../core/asn1/object-identifier.ts";
import { subjectAltName } from "../../core/certificate/extension.ts";
import { issuingAlgorithm } from "../../core/keys/signature-algorithm.ts";
import type { CertificateNames } from "./certificate-names.ts";
import type { KeyPair } from "./key-pair.ts";

const VERSION_1 = unsignedInteger(Uint8Array.of(0));
const EXTENSION_REQUEST = objectIdentifier(OID.extensionRequest);

/**
 * A PKCS #10 request as the kubelet makes them (K8.3): the subject, and an extension request for the alternative names if
 * there are any. Usages are not in it: the signer name stands for them.
 */
export function buildCertificateRequest(names: CertificateNames, { keyType, privateKey, spki }: KeyPair): Der {
  const subject = encodeDistinguishedName(subjectName(names.organizations, names.commonName));
  const info = sequence(VERSION_1, subject, spki, attributes(names));
  const { hash, algorithmIdentifier } = issuingAlgorithm(keyType);
  return sequence(info, algorithmIdentifier, bitString(sign(hash, info, privateKey)));
}

/** [0] IMPLICIT SET OF: mandatory even when empty (RFC 2986 section 4). */
function attributes({ dnsNames, ipAddresses }: CertificateNames): Der {
  if (dnsNames.length + ipAddresses.length === 0) return contextConstructed(0);
  const extensions = sequence(subjectAltName(dnsNames, ipAddresses, false));
  return contextConstructed(0, sequence(EXTENSION_REQUEST, setOf(extensions)));
}
