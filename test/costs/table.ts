/**
 * Draws what each caller can cost into SECURITY.md, between its two markers. Needs Amazon's DynamoDB Local.
 *   node test/costs/table.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PRICES_PER_MILLION } from "../../bench/price-table.ts";
import { startDynamoDbLocal } from "../support/dynamodb-servers.ts";
import { CERTIFICATE_CALLERS } from "./certificate-callers.ts";
import { TOKEN_CALLERS } from "./token-callers.ts";
import { costHarness, type Cost } from "./cost-harness.ts";

const BEGIN = "<!-- costs: begin (drawn by node test/costs/table.ts) -->";
const END = "<!-- costs: end -->";
export const SECURITY_PAGE = join(import.meta.dirname, "../../SECURITY.md");

/** A caller, and what is counted of one request of its kind. */
export interface CallerCost extends Cost {
  readonly caller: string;
  readonly does: string;
  readonly limit: string;
  readonly timesADay: number;
}

/** Makes each caller's request, on a DynamoDB that says what it bills. */
export async function callerCosts(): Promise<readonly CallerCost[]> {
  const server = await startDynamoDbLocal();
  const costs: CallerCost[] = [];
  try {
    for (const { caller, does, limit, timesADay, cost } of [...TOKEN_CALLERS, ...CERTIFICATE_CALLERS])
      costs.push({
        ...{ caller, does, limit },
        timesADay: await timesADay(),
        ...(await cost(await costHarness(server.client))),
      });
  } finally {
    await server.close();
  }
  return costs;
}

/** The page with what is between the markers drawn anew. @throws Error when it has no markers */
export function pageWithCosts(page: string, costs: readonly CallerCost[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`SECURITY.md lacks the markers ${BEGIN} and ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tableOf(costs)}\n\n${page.slice(end)}`;
}

const COLUMNS = [
  "caller",
  "does",
  "limit",
  "one request: read units, write units, signatures, list entries, bytes",
  "times a day",
  "read units a day",
  "write units a day",
  "signatures a day",
  "list entries a day",
  "stored a day",
  "dollars a day",
];

function tableOf(costs: readonly CallerCost[]): string {
  const rows = costs.map((cost) => {
    const { caller, does, limit, timesADay: times, readUnits, writeUnits, signatures, listEntries, storedBytes } = cost;
    const one = [readUnits, writeUnits, signatures, listEntries, roundedBytes(storedBytes)].join(", ");
    const dollars =
      (times / 1e6) *
      (readUnits * PRICES_PER_MILLION.dynamoDbReadUnit +
        writeUnits * PRICES_PER_MILLION.dynamoDbWriteUnit +
        signatures * PRICES_PER_MILLION.kmsSignEcc);
    const counts = [times, times * readUnits, times * writeUnits, times * signatures, times * listEntries];
    return [
      caller,
      does,
      limit,
      one,
      ...counts.map(withCommas),
      megabytes(times * roundedBytes(storedBytes)),
      dollars < 1 ? "under 1" : withCommas(Math.round(dollars)),
    ];
  });
  return [COLUMNS, COLUMNS.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Signatures and names differ by some bytes from one to the next. */
function roundedBytes(bytes: number): number {
  return Math.max(0, Math.ceil(bytes / 100) * 100);
}

function megabytes(bytes: number): string {
  return bytes === 0 ? "0" : `${withCommas(Math.ceil(bytes / 1e6))} MB`;
}

function withCommas(count: number): string {
  return count.toLocaleString("en-US");
}

if (import.meta.main)
  writeFileSync(SECURITY_PAGE, pageWithCosts(readFileSync(SECURITY_PAGE, "utf8"), await callerCosts()));
