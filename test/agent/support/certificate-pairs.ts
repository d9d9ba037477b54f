import { nodeCertificate, type CertificatePair } from "../../../agent/directory/certificate-pair.ts";
import { randomKeyPair } from "../../../agent/certificate/key-pair.ts";
import type { KeyType } from "../../../core/keys/key-type.ts";
import { testAuthority } from "./test-authority.ts";

export const PAIR_MADE_AT = new Date("2026-03-01T12:00:00Z");

const authority = testAuthority("CN=Test CA");

/** A node's key and certificate, in no directory: for what is made with them. */
export async function pairOf(keyType: KeyType): Promise<CertificatePair> {
  const keyPair = await randomKeyPair(keyType);
  const validity = { notBefore: PAIR_MADE_AT, notAfter: new Date(PAIR_MADE_AT.getTime() + 1000) };
  const x509 = await (await authority).issue({ name: "CN=system:node:n1", spki: keyPair.spki, ...validity });
  return { keyPair, chain: [x509], leaf: nodeCertificate(x509) };
}
