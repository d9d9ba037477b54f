import type { Der } from "../asn1/der.ts";
import type { RevocationListId, ShardCount } from "../authority/revocation-shard.ts";

/** A list that is handed out. */
export interface PublishedList {
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Of what it says, the times and the number aside: another says that a new list is needed. */
  readonly contentSha256: string;
  readonly octets: number;
}

/** Where certificates were told to look for shards. */
export interface Distribution {
  readonly shards: ShardCount;
  readonly url: string;
}

/** What is known of one list, the list itself aside. Written by the authority function alone. */
export interface RevocationListRecord {
  /** Grows by one with every write; 0: there was none. */
  readonly version: number;
  /** The highest that a list was, or was about to be, signed with. */
  readonly number: number;
  readonly published: PublishedList | undefined;
  /** When its first list was published; undefined: none was, or an earlier version published it. */
  readonly publishedSince?: Date | undefined;
  /** On the record of a CA's whole list: all that there ever were, since certificates name their list for life. */
  readonly distributions: readonly Distribution[];
}

export const NO_LIST: RevocationListRecord = { version: 0, number: 0, published: undefined, distributions: [] };

/** Each method but the two of the list itself is one atomic act on one item. */
export interface RevocationListStore {
  read(list: RevocationListId): Promise<RevocationListRecord>;
  /** Writes it with a version one higher than given, if the stored one is the given one. False when it is not. */
  write(list: RevocationListId, record: RevocationListRecord): Promise<boolean>;
  /** Stores what is to be published under this number, for some time beyond its next update. Nobody is shown it yet. */
  store(list: RevocationListId, published: PublishedList, der: Der): Promise<void>;
  /** Undefined when it is not there, or not wholly: it was stored long ago. */
  fetch(list: RevocationListId, published: PublishedList): Promise<Der | undefined>;
}
