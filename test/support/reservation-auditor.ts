import type { Der } from "../../core/asn1/der.ts";
import { certificateOf, type IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import { FINAL_AFTER_SECONDS, LAPSE_SECONDS, secondsSince, type NodeRecord } from "../../core/ledger/node-record.ts";
import { isComplete, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { DisplacementAuditor } from "./displacement-auditor.ts";
import { hasExpired, isOverwritten, isSettledAway, isStillGood } from "./lost-slot.ts";
import type { Outside } from "./intercepted-services.ts";
import { AdmissionAuditor } from "./admission-auditor.ts";
import { NamesakeAuditor } from "./namesake-auditor.ts";
import { RecoveryAuditor } from "./recovery-auditor.ts";
import type { RestoredTables } from "./restored-tables.ts";
import { TokenAuditor } from "./token-auditor.ts";

/** What a request was for: what its record does not say. */
export interface IntentFacts {
  readonly name: string;
  readonly nodeName: string;
  readonly signerName: string;
  readonly key: string;
  /** The intent whose certificate authenticated a renewal. */
  readonly presented: string | undefined;
  readonly tokenId: string | undefined;
}

/**
 * Stands beside the stores, sees what truly happens there, and says what must never be. The properties are those of
 * docs/architecture.md; none of the core's own judgement is asked, but whether a record is complete.
 */
export class ReservationAuditor {
  readonly violations = new Set<string>();
  readonly #stores: Omit<Outside, "signer">;
  readonly #directory: IssuerDirectory;
  readonly #clock: () => Date;
  readonly #intents = new Map<string, IntentFacts>();
  /** By intent, in the order they were reserved. */
  readonly #csrs = new Map<string, Der>();
  /** By serial number. */
  readonly #signatures = new Map<string, number>();
  readonly #released = new Map<string, Der>();
  readonly #inHands = new Set<string>();
  /** Before an operator released the name: their certificates live on, but nobody holds the name by them. */
  readonly #abandoned = new Set<string>();
  /** From the write of the node on: a request that begins later gets nothing new. */
  readonly #revokedAt = new Map<string, number>();
  /** Carried out to the end. */
  readonly #revoked = new Set<string>();
  #recoveries: RecoveryAuditor;
  readonly #admissions: AdmissionAuditor;
  readonly #namesakes = new NamesakeAuditor();
  readonly #tokens: TokenAuditor;
  #displacements = new DisplacementAuditor();

  constructor(stores: Omit<Outside, "signer">, directory: IssuerDirectory, clock: () => Date) {
    this.#clock = clock;
    this.#stores = stores;
    this.#recoveries = new RecoveryAuditor(stores.ledger);
    this.#admissions = new AdmissionAuditor(stores.ledger, clock);
    this.#tokens = new TokenAuditor(stores.tokens, this.#intents);
    this.#directory = directory;
  }

  intends(facts: IntentFacts): void {
    this.#intents.set(facts.name, facts);
  }

  /** What to call an intent in a log: its key. */
  labelOf(name: string): string {
    return this.#intents.get(name)?.key ?? name;
  }

  /** The same outside, watched. */
  watching(outside: Outside): Outside {
    const { nodes, ledger, signer } = outside;
    return {
      ...outside,
      nodes: {
        ...nodes,
        write: (node) => this.#watched(node.key, () => nodes.write(node)),
        succeed: (succession) => this.#watched(succession.key, () => nodes.succeed(succession)),
        confirm: (confirmation) => this.#watched(confirmation.key, () => nodes.confirm(confirmation)),
      },
      ledger: {
        ...ledger,
        reserve: async (record) => {
          await this.#intendsAgain(record);
          return ledger.reserve(record);
        },
        complete: async (name, completion) => {
          const stored = await ledger.complete(name, completion);
          this.#admissions.signed(stored);
          for (const violation of await this.#tokens.certified(stored)) this.#report(violation);
          await this.#oneLiveCertificateFor(name);
          return stored;
        },
      },
      signer: {
        sign: async (keyArn, algorithm, message) => {
          await this.#mayBeSigned(message);
          return signer.sign(keyArn, algorithm, message);
        },
      },
    };
  }

  /** A key whose certificate was lost with its answer, and has expired since, gets the next one as if presented. */
  async #intendsAgain(record: IssuanceRecord): Promise<void> {
    const { name, csr } = record;
    const lost = this.#intents.get(this.#admissions.entering(record) ?? "");
    if (lost !== undefined) {
      this.intends({ ...lost, name });
      return;
    }
    const earlier = [...this.#csrs].findLast(([, known]) => isSame(known, csr))?.[0] ?? "";
    const facts = this.#intents.get(earlier);
    this.#csrs.set(name, csr);
    if (this.#intents.has(name)) return;
    if (facts === undefined) throw new Error("an intent of a key that nobody asked with");
    const wasSigned = isComplete(await this.#stores.ledger.read(earlier));
    this.intends({ ...facts, name, presented: wasSigned ? earlier : facts.presented });
  }

  async #watched<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = await this.#stores.nodes.read(key);
    const outcome = await act();
    const after = await this.#stores.nodes.read(key);
    const admission = await this.#admissions.violations(before, after);
    for (const violation of admission ?? []) this.#report(violation);
    if (admission !== undefined) return outcome;
    if (before !== undefined && after !== undefined) await this.#mayFollow(before, after);
    return outcome;
  }

  async answered(answer: IssuanceAnswer, startedAt: number): Promise<void> {
    const { name, nodeName, reservation } = answer.record;
    const revokedAt = this.#revokedAt.get(nodeName) ?? Infinity;
    // What was under way already may come through: "revoked" holds from the next request on.
    if (startedAt > revokedAt && reservation !== undefined && reservation.at.getTime() > revokedAt)
      this.#report("a certificate for a revoked node");
    const [certificate] = answer.issued?.chain ?? [];
    if (certificate === undefined) {
      this.#report("an answer without a certificate, and no refusal");
      return;
    }
    const stored = await this.#stores.ledger.read(name);
    const onRecord = stored && certificateOf(stored, this.#directory);
    if (!onRecord || !isSame(certificate, onRecord))
      this.#report("a certificate released that is not the one on record");
    const first = this.#released.get(name) ?? certificate;
    this.#released.set(name, first);
    if (!isSame(first, certificate)) this.#report("two certificates for one intent");
    const others = await this.#records();
    const facts = this.#intents.get(name);
    if (facts !== undefined)
      for (const violation of this.#namesakes.violations(facts, answer, { startedAt, now: this.#clock() }, others))
        this.#report(violation);
    const presented = facts?.presented;
    // Who renewed with a certificate has it in their hands: that confirms it.
    if (presented !== undefined) this.#inHands.add(this.#admissions.nameNow(presented));
  }

  /** A certificate authenticated a request: from now on nobody may put it aside, unless somebody had before. */
  async used(name: string): Promise<void> {
    const node = await this.#stores.nodes.read(this.#intents.get(name)?.nodeName ?? "");
    const reservedAt = (await this.#stores.ledger.read(name))?.reservation?.at;
    // One that was signed long after it was reserved looks too old to be unconfirmed: it is final by age.
    if (reservedAt === undefined || secondsSince(reservedAt, this.#clock()) >= FINAL_AFTER_SECONDS - 60) return;
    if ([node?.anchor, node?.candidate].some((slot) => slot?.intentName === name)) this.#inHands.add(name);
  }

  /** Time to live deleted what was overdue: who asks again may have another certificate. */
  async swept(): Promise<void> {
    const left = new Set((await this.#records()).map(({ name }) => name));
    for (const names of [this.#released, this.#inHands])
      for (const name of [...names.keys()]) if (!left.has(name)) names.delete(name);
  }

  /** The tables are what they were once: what was promised of records that are gone is gone with them. */
  async restored(restores: RestoredTables): Promise<void> {
    const complete = new Set((await this.#records()).filter(isComplete).map(({ name }) => name));
    for (const name of [...this.#released.keys()]) if (!complete.has(name)) this.#released.delete(name);
    this.#tokens.restored(complete);
    // That somebody has it is forgotten with what said so.
    const anchors = new Set(restores.anchors());
    for (const name of this.#inHands) if (!anchors.has(name)) this.#inHands.delete(name);
    this.#signatures.clear();
    this.#recoveries = new RecoveryAuditor(this.#stores.ledger);
    this.#displacements = new DisplacementAuditor();
    this.#admissions.restored(restores);
  }

  confirmed(name: string): void {
    this.#inHands.add(name);
  }

  /** A revocation has been carried out, if nobody released the name meanwhile. */
  async revoked(nodeName: string): Promise<void> {
    const node = await this.#stores.nodes.read(nodeName);
    if (node?.revocation !== undefined) this.#revoked.add(nodeName);
  }

  /** What can be judged when all is quiet. */
  async conclude(tokenIds: readonly string[]): Promise<void> {
    const records = await this.#records();
    const serialNumbers = records.flatMap((record) =>
      this.#admissions.isTwin(record) ? [] : (record.reservation?.serialNumber ?? []),
    );
    if (new Set(serialNumbers).size < serialNumbers.length) this.#report("one serial number for two intents");
    for (const { name, voidedAt } of records) {
      if (voidedAt !== undefined && this.#inHands.has(name)) this.#report("a confirmed certificate was voided");
    }
    for (const nodeName of this.#revoked) await this.#nothingLiveOf(nodeName, records);
    for (const tokenId of tokenIds)
      for (const violation of await this.#tokens.beyondLimit(tokenId, records)) this.#report(violation);
  }

  /** Once a node has been revoked, all it has is revoked: what was under way then too. */
  async #nothingLiveOf(nodeName: string, records: readonly IssuanceRecord[]): Promise<void> {
    const node = await this.#stores.nodes.read(nodeName);
    if (node?.revocation === undefined) return;
    const ofNode = records.filter((record) => record.nodeName === nodeName);
    if (ofNode.some((record) => isStillGood(record, this.#clock())))
      this.#report("a certificate of a revoked node that is not revoked");
  }

  /** Recorded before it is signed, with these very bytes; its token use counted, and this signature too. */
  async #mayBeSigned(tbsCertificate: Der): Promise<void> {
    const records = await this.#records();
    const record = records.find(({ reservation }) => reservation && isSame(reservation.tbsCertificate, tbsCertificate));
    if (record?.reservation === undefined) {
      this.#report("something signed that is not on record");
      return;
    }
    const { name, tokenId, reservation } = record;
    // Not by its name: a record that was deleted by its time may be made anew.
    const signatures = (this.#signatures.get(reservation.serialNumber) ?? 0) + 1;
    this.#signatures.set(reservation.serialNumber, signatures);
    if (signatures > reservation.attempts) this.#report("more signatures than attempts on record");
    const token = tokenId === undefined ? undefined : await this.#stores.tokens.read(tokenId);
    // What became void on the way is signed for nobody: its signature is never stored.
    const isOpen = (await this.#stores.ledger.read(name))?.voidedAt === undefined;
    if (isOpen && token?.maxUses !== undefined && !token.usedBy.has(name))
      this.#report("signed without a use of the token");
  }

  /** Nobody's claim is put aside while it is in flight, and an anchor gives way to its successor only. */
  async #mayFollow(before: NodeRecord, after: NodeRecord): Promise<void> {
    const { anchor, candidate, releasedAt } = before;
    if (after.releasedAt !== undefined && after.releasedAt.getTime() !== releasedAt?.getTime()) {
      for (const { name, nodeName } of await this.#records()) {
        if (nodeName === after.nodeName && !after.toVoid.includes(name)) this.#abandoned.add(name);
      }
      this.#revokedAt.delete(after.nodeName);
      this.#revoked.delete(after.nodeName);
      return;
    }
    if (after.revocation !== undefined && !this.#revokedAt.has(after.nodeName))
      this.#revokedAt.set(after.nodeName, this.#clock().getTime());
    const record = candidate && (await this.#stores.ledger.read(candidate.intentName));
    for (const violation of this.#displacements.violations(before, after, record)) this.#report(violation);
    const isSettled = isComplete(record) || record?.voidedAt !== undefined;
    if (candidate !== undefined && !isSettled && secondsSince(candidate.at, this.#clock()) < LAPSE_SECONDS) {
      if (after.toVoid.includes(candidate.intentName) && after.candidate?.intentName !== candidate.intentName)
        this.#report("a claim in flight was put aside");
    }
    if (candidate !== undefined && !isSettledAway(candidate, record, this.#clock()) && isOverwritten(candidate, after))
      this.#report("a candidate was overwritten");
    const names = [...this.#intents.values()].flatMap(({ nodeName, name }) =>
      nodeName === after.nodeName && !this.#abandoned.has(name) ? [name] : [],
    );
    const presentedBy = (name: string): string | undefined => {
      const presented = this.#intents.get(name)?.presented;
      return presented === undefined ? undefined : this.#admissions.nameNow(presented);
    };
    for (const violation of await this.#recoveries.violations(before, after, presentedBy, names))
      this.#report(violation);
    const isKept = anchor === undefined || after.anchor?.intentName === anchor.intentName;
    const isSucceeded = candidate !== undefined && after.anchor?.intentName === candidate.intentName;
    if (!isKept && !isSucceeded) this.#report("an anchor was given up to nobody");
    // Of one that ran out unrecorded nothing is known: it counts as complete, so that nothing older passes for the latest.
    const hasEnded = (candidate?.notAfter ?? this.#clock()) < this.#clock();
    // Or its signature was not yet stored when the tables were copied.
    const isForgotten = (record === undefined && hasEnded) || this.#admissions.isLost(candidate?.serialNumber);
    if (isSucceeded && !isKept && !isComplete(record) && !isForgotten) this.#report("an anchor without a certificate");
  }

  /** At most one live enrolment of a name, and at most one live successor of a certificate. */
  async #oneLiveCertificateFor(name: string): Promise<void> {
    const facts = this.#intents.get(name);
    const rivals = (await this.#records()).filter((record) => {
      const other = this.#intents.get(record.name);
      const isHeld = isComplete(record) && record.revocation === undefined && !this.#abandoned.has(record.name);
      // Once it has expired, a token may have the name; but one certificate has one successor, expired or not.
      const isLive = isHeld && (facts?.presented !== undefined || !hasExpired(record, this.#clock()));
      const isSameName = other?.nodeName === facts?.nodeName && other?.signerName === facts?.signerName;
      // What was put back on record was given before the restore.
      return isLive && !this.#admissions.isEntered(record.name) && isSameName && other?.presented === facts?.presented;
    });
    if (rivals.length > 1)
      this.#report(
        facts?.presented === undefined ? "two live enrolments of one name" : "two live renewals of one certificate",
      );
  }

  async #records(): Promise<IssuanceRecord[]> {
    return [...(await this.#stores.ledger.readMany([...this.#intents.keys()])).values()];
  }

  #report(violation: string): void {
    this.violations.add(violation);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
