/** RFC 7396: null removes, objects merge, everything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else define(result, name, applyMergePatch(ownOf(result, name), value));
  }
  return result;
}

/**
 * Kubernetes' strategic merge patch, as far as these objects need it: a merge patch, except that `conditions` are
 * merged by their type.
 */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    // Directives such as $setElementOrder/conditions order lists. Our lists are already in order.
    if (name.startsWith("$")) continue;
    const earlier = ownOf(result, name);
    if (value === null) Reflect.deleteProperty(result, name);
    else if (name === "conditions" && Array.isArray(value)) result[name] = mergeByType(earlier, value);
    else define(result, name, applyStrategicMergePatch(earlier, value));
  }
  return result;
}

function mergeByType(earlier: unknown, patch: readonly unknown[]): readonly unknown[] {
  let merged: unknown[] = Array.isArray(earlier) ? [...(earlier as readonly unknown[])] : [];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = merged.findIndex((candidate) => isObject(candidate) && candidate["type"] === item["type"]);
    if (item["$patch"] === "delete") merged = merged.filter((_, index) => index !== at);
    else if (at < 0) merged.push(item);
    else merged[at] = applyMergePatch(merged[at], item);
  }
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ownOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** An assignment to `__proto__` would set the prototype. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
