import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** One call to DynamoDB and what it is billed as. */
export interface DynamoDbCall {
  /** `UpdateItem`. */
  readonly operation: string;
  /** Of the table and its indexes together: write units of a write, read units of a read. */
  readonly units: number;
}

/** Notes every call the client makes from now on, with the capacity DynamoDB says it consumed. */
export function notedCalls(client: DynamoDBClient): DynamoDbCall[] {
  const calls: DynamoDbCall[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const operation = commandName.replace(/Command$/, "");
        // Operations on whole tables have no such member.
        const isOnItems = !operation.endsWith("Table");
        const answer = await next(
          isOnItems ? { ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } } : args,
        );
        if (isOnItems) calls.push({ operation, units: unitsOf(answer.output) });
        return answer;
      },
    { step: "initialize" },
  );
  return calls;
}

function unitsOf(output: object): number {
  if (!("ConsumedCapacity" in output)) return 0;
  const { ConsumedCapacity }: { ConsumedCapacity: unknown } = output;
  return [ConsumedCapacity]
    .flat()
    .reduce((sum: number, consumed) => sum + (isCapacity(consumed) ? consumed.CapacityUnits : 0), 0);
}

function isCapacity(value: unknown): value is { readonly CapacityUnits: number } {
  return (
    typeof value === "object" && value !== null && "CapacityUnits" in value && typeof value.CapacityUnits === "number"
  );
}
