/**
 * A deep copy of plain data: objects, arrays, sets, maps, dates, bytes. `structuredClone` goes through a serialized form, and
 * takes ten times as long: half of what a simulated fleet costs.
 */
export function copyOf<T>(value: T): T {
  // Of the same shape by construction: each branch below makes what it was given.
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof Date) return new Date(value);
  // Not `slice`: a Buffer's is a view of the same memory.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Set) return new Set([...value].map(copied));
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, copied(member)]));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) copy[name] = copied(member);
  return copy;
}
