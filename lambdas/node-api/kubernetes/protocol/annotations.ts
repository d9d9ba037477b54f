/** The service's own, shown and never stored: why an approved request is not signed. */
export const NOT_SIGNED_ANNOTATION = "nodeseal.dev/not-signed";
