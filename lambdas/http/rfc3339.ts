/** Whole seconds, as certificates and Kubernetes have them. */
export function rfc3339(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}
