/** One page of a list. Without `cursor` it was the last; a page may be short, even empty, and still have one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | undefined;
}

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  /** Opaque. @throws RefusalError `malformed_request` when it is none of ours */
  readonly cursor: string | undefined;
}
