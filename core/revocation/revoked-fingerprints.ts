import { createHash } from "node:crypto";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { WHOLE } from "../authority/revocation-shard.ts";
import { assembleCertificate } from "../certificate/tbs-certificate.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { RefusalError } from "../refusal.ts";
import type { RevocationLists } from "./list-directory.ts";
import type { RevocationLedger, RevokedCertificate } from "./revocation-ledger.ts";

/**
 * SHA-256 of each client certificate that is revoked and has not expired, in hexadecimal, sorted. Undefined where there are
 * no revocation lists.
 */
export type RevokedFingerprints = (directory: IssuerDirectory) => Promise<readonly string[] | undefined>;

export interface FingerprintServices {
  readonly revocationLists: RevocationLists;
  readonly ledger: Pick<RevocationLedger, "listRevoked"> & Pick<IssuanceLedger, "findBySerialNumber">;
  readonly clock: () => Date;
}

/** A revocation is told within this time. */
const MAX_AGE_SECONDS = 2;

/** The index of what is revoked may lag. So what happened lately is read again, and all of it from time to time. */
const OVERLAP_SECONDS = 900;

const PAGE = 1000;
const AT_ONCE = 25;

/** Whoever evaluates them on each request has no room for more; what is larger is a case for another CA. */
export const MOST_FINGERPRINTS = 10_000;

interface Known {
  readonly notAfter: Date;
  /** Undefined: it is no client's, or was never handed out. */
  readonly fingerprint: string | undefined;
}

interface CaMemory {
  readonly known: Map<string, Known>;
  readAllAt: number;
  readAt: number;
}

/**
 * For verifiers that read neither lists nor OCSP and can compare certificates, as kube-apiserver can. Each certificate is
 * looked up once in the life of a process; after that, one read of the last minutes' revocations for each CA.
 */
export function cachedRevokedFingerprints({
  revocationLists,
  ledger,
  clock,
}: FingerprintServices): RevokedFingerprints {
  const memories = new Map<string, CaMemory>();

  const refresh = async (directory: IssuerDirectory, issuerId: string, memory: CaMemory): Promise<void> => {
    const now = clock().getTime();
    const isAll = now - memory.readAllAt >= OVERLAP_SECONDS * 1000 || now < memory.readAllAt;
    const since = isAll ? undefined : new Date(memory.readAt - OVERLAP_SECONDS * 1000);
    for (const [serialNumber, { notAfter }] of memory.known)
      if (notAfter.getTime() < now) memory.known.delete(serialNumber);
    let cursor: string | undefined;
    do {
      const page = await ledger.listRevoked(issuerId, { limit: PAGE, cursor }, since);
      const fresh = page.items.filter(
        ({ serialNumber, notAfter }) => notAfter.getTime() >= now && !memory.known.has(serialNumber),
      );
      if (memory.known.size + fresh.length > MOST_FINGERPRINTS) throw tooMany();
      for (let at = 0; at < fresh.length; at += AT_ONCE)
        await Promise.all(fresh.slice(at, at + AT_ONCE).map(async (one) => remember(directory, memory, one)));
      ({ cursor } = page);
    } while (cursor !== undefined);
    memory.readAt = now;
    if (isAll) memory.readAllAt = now;
  };

  const remember = async (
    directory: IssuerDirectory,
    { known }: CaMemory,
    { serialNumber, notAfter }: RevokedCertificate,
  ): Promise<void> => {
    const day = { expiresFrom: notAfter, expiresUntil: notAfter };
    const record = await ledger.findBySerialNumber(serialNumber, day);
    const { reservation, completion } = record ?? {};
    // One that is being signed is looked for again: it is not in the lists of certificates before it is complete.
    if (record === undefined || reservation === undefined || completion === undefined) return;
    const { signatureAlgorithm } = directory.byId(reservation.issuerId);
    const der = assembleCertificate(reservation.tbsCertificate, signatureAlgorithm, completion.signature);
    const isClients = record.usages.includes("client auth");
    const fingerprint = isClients ? createHash("sha256").update(der).digest("hex") : undefined;
    known.set(serialNumber, { notAfter, fingerprint });
  };

  return async (directory) => {
    const issuers = directory.issuing().map(({ id }) => id);
    const found: string[] = [];
    let hasLists = false;
    for (const issuerId of issuers) {
      const list = await revocationLists(directory.bundle, { authorityId: issuerId, shard: WHOLE });
      if (list === undefined) continue;
      hasLists = true;
      const memory = memories.get(issuerId) ?? { known: new Map<string, Known>(), readAllAt: 0, readAt: 0 };
      memories.set(issuerId, memory);
      const ageMs = clock().getTime() - memory.readAt;
      if (ageMs < 0 || ageMs >= MAX_AGE_SECONDS * 1000) await refresh(directory, issuerId, memory);
      for (const { fingerprint } of memory.known.values()) if (fingerprint !== undefined) found.push(fingerprint);
    }
    if (found.length > MOST_FINGERPRINTS) throw tooMany();
    return hasLists ? found.sort() : undefined;
  };
}

function tooMany(): RefusalError {
  return new RefusalError(
    "too_large",
    `more than ${MOST_FINGERPRINTS} certificates that have not expired are revoked: too many to be told one by one; ` +
      "retire their CA (nodeseal ca prepare, activate, retire)",
  );
}
