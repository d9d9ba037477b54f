import { appendFileSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testRunDirectory } from "../test-run.ts";

/** A request to AWS as it went over the wire, and who made it. */
export interface RecordedRequest {
  /** `node-api`. */
  readonly functionName: string;
  /** `DynamoDB_20120810.GetItem`, `TrentService.Sign`; undefined for services that have a path instead. */
  readonly target: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Of the key that a call of KMS names by its ARN: the ARN is another one in every run. */
  readonly keyAlias?: string;
}

const FOLDER = "aws-calls";

/** Leaves it to the end of the run, where every call is held against the policies. */
export function keepForTheEnd(request: RecordedRequest): void {
  const directory = testRunDirectory(FOLDER);
  if (directory !== undefined) appendFileSync(join(directory, `${process.pid}.jsonl`), `${JSON.stringify(request)}\n`);
}

/** What all processes of this run have kept. */
export function keptRequests(): RecordedRequest[] {
  const directory = testRunDirectory(FOLDER);
  if (directory === undefined) return [];
  return globSync("*.jsonl", { cwd: directory }).flatMap((file) =>
    readFileSync(join(directory, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as RecordedRequest),
  );
}
