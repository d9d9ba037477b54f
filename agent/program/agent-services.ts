import type { Clock } from "./clock.ts";
import type { MachineFacts } from "../certificate/machine-names.ts";
import type { FileSystem } from "../directory/file-system.ts";
import type { Environment } from "../service/proxy.ts";
import type { ServerSettings, TrustedServer } from "../service/server-trust.ts";

/** Everything outside the process that a command may use. */
export interface AgentServices {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly environment: Environment;
  /** Checks whether the server is the right one, and returns how to reach it. */
  readonly trustServer: (settings: ServerSettings) => Promise<TrustedServer>;
  /** This machine's names and addresses, for a serving certificate. */
  readonly machine: () => MachineFacts;
  /** Results, on stdout. */
  readonly print: (line: string) => void;
  /** Progress and warnings, on stderr. */
  readonly note: (line: string) => void;
  /** Whether stdout is a terminal: bold there, plain everywhere else. */
  readonly isTerminal: boolean;
}
