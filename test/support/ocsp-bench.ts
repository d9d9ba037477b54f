import { createHash } from "node:crypto";
import { childrenOf, parseDer, TAG, wholeOctetsOf, type Der } from "../../core/asn1/der.ts";
import { contextConstructed, encodeDer, octetString, sequence, unsignedInteger } from "../../core/asn1/der-writer.ts";
import { objectIdentifier, OID } from "../../core/asn1/object-identifier.ts";
import { extension } from "../../core/certificate/extension.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import type { Issuer } from "../../core/authority/authority.ts";
import { issuerDirectory } from "../../core/authority/issuer-directory.ts";
import { ocspResponder } from "../../core/ocsp/responder.ts";
import type { ResponderStore } from "../../core/ocsp/responder-certificate.ts";
import { cachedStatus } from "../../core/ocsp/revocation-status.ts";
import { cachedRevocationLists } from "../../core/revocation/list-directory.ts";
import { revocationBench } from "./revocation-bench.ts";

export interface RecordedResponder {
  readonly tbsCertificate: Der;
  readonly certificate?: Der;
}

/** A responder over CAs, lists and a ledger in memory. `steps` says in which order it recorded and signed. */
export async function ocspBench() {
  const bench = revocationBench();
  await bench.round();
  const steps: string[] = [];
  const records = new Map<string, RecordedResponder>();
  const failures: unknown[] = [];
  const responders: ResponderStore = {
    reserve: async (serialNumber, { tbsCertificate }) => {
      steps.push("reserve");
      records.set(serialNumber, { tbsCertificate });
      return Promise.resolve();
    },
    complete: async (serialNumber, certificate) => {
      steps.push("complete");
      const record = records.get(serialNumber);
      if (record === undefined) throw new Error("was not recorded");
      records.set(serialNumber, { ...record, certificate });
      return Promise.resolve();
    },
  };
  const signer = { sign: bench.services.signer.sign };
  const clock = bench.services.clock;
  const issuers = async () =>
    issuerDirectory((await bench.services.authorities.read()) ?? { sequence: 0, authorities: [] });
  const respond = ocspResponder({
    issuers,
    status: cachedStatus({
      revocationLists: cachedRevocationLists(bench.services.lists, clock),
      ledger: bench.services.ledger,
      clock,
    }),
    responders,
    signer: {
      sign: async (...args) => {
        steps.push("sign");
        return signer.sign(...args);
      },
    },
    clock,
    newSerialNumber: randomSerialNumber,
    audit: (event) => void bench.events.push(event),
    failed: (error) => void failures.push(error),
  });
  const issuer = async (id = "issuing-g1"): Promise<Issuer> => (await issuers()).byId(id);
  return { ...bench, steps, records, failures, signer, respond, issuer };
}

/** A CertID, with SHA-1 as most programs ask. */
export function certIdFor(
  issuer: Pick<Issuer, "subjectName" | "certificate">,
  serialNumber: string,
  changes: { readonly hash?: "sha1" | "sha256" } = {},
): Der {
  const { hash = "sha1" } = changes;
  const digest = (bytes: Uint8Array) => octetString(createHash(hash).update(bytes).digest());
  const [, bits] = childrenOf(parseDer(issuer.certificate.spki), "spki", TAG.sequence, 2, 2);
  return sequence(
    sequence(objectIdentifier(OID[hash]), encodeDer(TAG.null)),
    digest(issuer.subjectName),
    digest(wholeOctetsOf(bits, "key")),
    unsignedInteger(Buffer.from(serialNumber, "hex")),
  );
}

/** An OCSPRequest. `nonce`: its octets. */
export function ocspRequestFor(certIds: readonly Der[], nonce?: Uint8Array): Der {
  const value = nonce && extension(objectIdentifier(OID.ocspNonce), false, octetString(nonce));
  const list = sequence(...certIds.map((certId) => sequence(certId)));
  return sequence(sequence(list, ...(value === undefined ? [] : [contextConstructed(2, sequence(value))])));
}
