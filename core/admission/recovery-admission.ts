/**
 * An operator's act after a restore: certificates that this service signed and that its records do not know are admitted
 * again. It names when they can have been issued, from the restore point to the act itself, and it ends by itself.
 */
export interface RecoveryAdmission {
  /** The time that the tables were restored to: what was issued before it is on record, or is not to come back. */
  readonly issuedAfter: Date;
  /** What was issued after this is on record. */
  readonly openedAt: Date;
  readonly until: Date;
  /** Names that are not admitted: they were revoked or released since, and are not on record to be so again. */
  readonly except: readonly string[];
  /** The administrator's ARN. */
  readonly by: string;
  /** In place of a restore: CAs that were retired by mistake. What they signed, and is on record, is admitted. */
  readonly authorityIds?: readonly string[];
}

/** One for the whole service; the last that was opened counts. */
export interface RecoveryAdmissionStore {
  read(): Promise<RecoveryAdmission | undefined>;
  /** False, and nothing written, when one that was opened later is stored. */
  write(admission: RecoveryAdmission): Promise<boolean>;
}

/** Of its item beside the trust bundle: what may write it may write this one item. */
export const RECOVERY_ADMISSION_ID = "recovery-admission";

export function isOpen({ until }: RecoveryAdmission, now: Date): boolean {
  return now.getTime() <= until.getTime();
}
