import type { AnsweredSignature, SignatureRegister } from "../../core/keys/signature-register.ts";
import { hooked, type MemoryHooks } from "../../adapters/memory/memory-hooks.ts";

export function memorySignatureRegister(hooks: MemoryHooks = {}): SignatureRegister {
  const signatures = new Map<string, AnsweredSignature>();
  return {
    begin: (signature) =>
      hooked(
        hooks,
        "signatures.begin",
        () => void signatures.set(signature.attempt, { ...signature, requestId: undefined }),
      ),
    answer: (signature, requestId) =>
      hooked(hooks, "signatures.answer", () => void signatures.set(signature.attempt, { ...signature, requestId })),
    readDay: (day) =>
      hooked(hooks, "signatures.readDay", () =>
        [...signatures.values()]
          .filter(({ at }) => at.toISOString().startsWith(day))
          .sort((one, other) => one.at.getTime() - other.at.getTime()),
      ),
  };
}
