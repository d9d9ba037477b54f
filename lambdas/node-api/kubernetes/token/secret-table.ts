import type { TokenRecord } from "../../../../core/token/token-record.ts";
import { humanDuration } from "../protocol/human-duration.ts";
import { column, tableOf, type TableOptions } from "../read/table.ts";
import { tokenSecret } from "./token-secret.ts";

const COLUMNS = [
  column("Name", "name", "Name of the object: unique, and what commands take."),
  column("Type", "", "What kind of secret it is."),
  column("Data", "", "How many members it has."),
  column("Age", "", "How long ago it was made."),
];

/** The columns of `kubectl get secrets`. */
export function secretTable(tokens: readonly TokenRecord[], options: TableOptions): unknown {
  const rows = tokens.map((token) => {
    const secret = tokenSecret(token);
    const age = humanDuration(options.now.getTime() - token.createdAt.getTime());
    return {
      cells: [secret.metadata.name, secret.type, Object.keys(secret.data).length, age],
      metadata: secret.metadata,
      object: () => secret,
    };
  });
  return tableOf(COLUMNS, rows, options);
}
