/** Whole seconds, as in certificates and Kubernetes. */
export function rfc3339(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}
