import type { RecoveryAdmission, RecoveryAdmissionStore } from "../../core/admission/recovery-admission.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryRecoveryAdmissionStore(hooks: MemoryHooks = {}): RecoveryAdmissionStore {
  let stored: RecoveryAdmission | undefined;
  return {
    read: () => hooked(hooks, "admissions.read", () => stored),
    write: (admission) =>
      hooked(hooks, "admissions.write", () => {
        if (stored !== undefined && stored.openedAt > admission.openedAt) return false;
        stored = admission;
        return true;
      }),
  };
}
