import { createHash } from "node:crypto";
import type { Der } from "../asn1/der.ts";
import { encodeDistinguishedName } from "../asn1/distinguished-name.ts";
import type { CertificateRequest } from "../csr/certificate-request.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

export interface IntentQuestion {
  readonly username: string;
  /** Of the certificate that authenticates a renewal: the same key asked for from two certificates is two intents. */
  readonly presentedSerialNumber: SerialNumber | undefined;
  readonly csr: CertificateRequest;
  readonly signerName: string;
  readonly usages: readonly string[] | undefined;
}

/**
 * The name of a request: the same for every retry of it, so that a client that was restarted, or never got its answer,
 * finds its own certificate. Kubelets name theirs in the same manner (K7.3). The lifetime is no part of it: asking for
 * another one with the same key is asking for a second certificate for one key.
 *
 * @returns `csr-` and 43 base64url characters; case matters, and it is a legal Kubernetes path segment
 */
export function intentName({ username, presentedSerialNumber, csr, signerName, usages }: IntentQuestion): string {
  const { dnsNames, ipAddresses } = csr.extensions;
  const parts = [
    Buffer.from(username),
    Buffer.from(presentedSerialNumber ?? ""),
    csr.spki,
    Buffer.from(signerName),
    Buffer.from(JSON.stringify(usages === undefined ? null : [...usages].sort())),
    encodeDistinguishedName(csr.subject),
    Buffer.from(JSON.stringify([[...dnsNames].sort(), [...ipAddresses].sort()])),
  ];
  return `csr-${digestOf(parts)}`;
}

/**
 * What a use of a token is counted as. An intent's name holds its key. The name of an object of Kubernetes is its client's
 * choice, and may be given again when its record is gone: there the key is counted with it.
 */
export function useNameOf(requestName: string, spki: Der): string {
  return isIntentName(requestName) ? requestName : `use-${digestOf([Buffer.from(requestName), spki])}`;
}

function digestOf(parts: readonly Uint8Array[]): string {
  const digest = createHash("sha256");
  // Each part with its length before it: no two different lists of parts give the same octets.
  for (const part of parts) digest.update(`${part.length}:`).update(part);
  return digest.digest("base64url");
}

export function isIntentName(text: string): boolean {
  return /^csr-[A-Za-z0-9_-]{43}$/.test(text);
}
