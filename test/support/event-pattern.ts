/**
 * Whether an event matches an EventBridge pattern, as far as ours go: nested members and lists of exact values. In an
 * event, a list matches when one of its elements does, whether they are values or objects.
 */
export function matchesEventPattern(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    for (const wanted of pattern)
      if (typeof wanted === "object" && wanted !== null)
        throw new Error(`${JSON.stringify(wanted)} is not evaluated here`);
    return values.some((value) => pattern.includes(value));
  }
  if (typeof pattern !== "object" || pattern === null) throw new Error("a pattern is made of objects and lists");
  const objects: readonly unknown[] = Array.isArray(event) ? event : [event];
  return Object.entries(pattern).every(([name, inner]) =>
    objects.some(
      (object) =>
        typeof object === "object" &&
        object !== null &&
        Object.hasOwn(object, name) &&
        matchesEventPattern(inner, Reflect.get(object, name)),
    ),
  );
}
