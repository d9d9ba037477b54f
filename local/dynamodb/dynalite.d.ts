declare module "dynalite" {
  import type { Server } from "node:http";

  /** The part of the options that is used here; dynalite ships no types. */
  export default function dynalite(options: {
    /** A LevelDB directory; in memory without. */
    readonly path?: string;
    readonly createTableMs: number;
    readonly updateTableMs: number;
    readonly deleteTableMs: number;
  }): Server;
}
