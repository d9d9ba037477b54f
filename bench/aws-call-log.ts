import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { KMSClient } from "@aws-sdk/client-kms";

export interface AwsCall {
  readonly service: "dynamodb" | "kms";
  readonly operation: string;
  /** The units that DynamoDB bills: read units of a read, write units of a write and its indexes. */
  readonly units: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface AwsCallLog {
  /** The calls since the last `take`, in the order of their beginning. */
  readonly take: () => AwsCall[];
}

/** Records every call of both clients at the SDK's boundary. A call and its retries are one. */
export function awsCallLog(dynamoDb: DynamoDBClient, kms: KMSClient): AwsCallLog {
  let calls: AwsCall[] = [];
  dynamoDb.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const startedAt = performance.now();
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
        calls.push({
          service: "dynamodb",
          operation: commandName.replace("Command", ""),
          units: Math.max(unitsOf(answer.output), keysIn(args.input)),
          startedAt,
          endedAt: performance.now(),
        });
        return answer;
      },
    { step: "initialize" },
  );
  kms.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const startedAt = performance.now();
        const answer = await next(args);
        calls.push({
          service: "kms",
          operation: commandName.replace("Command", ""),
          units: 0,
          startedAt,
          endedAt: performance.now(),
        });
        return answer;
      },
    { step: "initialize" },
  );
  return {
    take: () => {
      const taken = calls.sort((one, other) => one.startedAt - other.startedAt);
      calls = [];
      return taken;
    },
  };
}

/** Of a batch a unit for each key is billed at least; the local DynamoDB counts only what is there. */
function keysIn(input: object): number {
  const requested: unknown = Reflect.get(input, "RequestItems");
  if (typeof requested !== "object" || requested === null) return 0;
  return Object.values(requested).reduce<number>((sum, { Keys }: { readonly Keys?: readonly unknown[] }) => {
    return sum + (Keys?.length ?? 0);
  }, 0);
}

function unitsOf(output: object): number {
  const consumed: unknown = Reflect.get(output, "ConsumedCapacity");
  // Of a batch by table.
  const parts: readonly unknown[] = Array.isArray(consumed) ? consumed : [consumed];
  return parts.reduce<number>((sum, part) => {
    const units: unknown = typeof part === "object" && part !== null ? Reflect.get(part, "CapacityUnits") : 0;
    return sum + (typeof units === "number" ? units : 0);
  }, 0);
}

/** The longest chain of calls that waited for each other: the network latency counts that often. */
export function sequentialDepth(calls: readonly AwsCall[]): number {
  const depths: number[] = [];
  for (const [index, call] of calls.entries()) {
    const before = calls
      .slice(0, index)
      .map((earlier, position) => (earlier.endedAt <= call.startedAt ? (depths[position] ?? 0) : 0));
    depths.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...depths);
}
