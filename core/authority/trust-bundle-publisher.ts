/** Where API Gateway, and whoever asks no API, finds what to trust. */
export interface TrustBundlePublisher {
  /** Stores a new version; the old ones stay. Resolves to the version's name. */
  publish(trustBundlePem: string): Promise<string>;
}
