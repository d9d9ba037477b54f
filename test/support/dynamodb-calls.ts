import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { itemSize } from "./item-size.ts";

/** One call to DynamoDB and what it is billed as. */
export interface DynamoDbCall {
  /** `UpdateItem`. */
  readonly operation: string;
  /** Of the table and its indexes together: write units of a write, read units of a read. */
  readonly units: number;
}

/**
 * Notes every call the client makes from now on, with the capacity DynamoDB says it consumed.
 *
 * @param refusedToo what no answer says: a write whose condition does not hold costs a write unit for each kilobyte of what is stored, and one at
 * least ("Write request units" in the developer guide)
 */
export function notedCalls(client: DynamoDBClient, { refusedToo = false } = {}): DynamoDbCall[] {
  const calls: DynamoDbCall[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const operation = commandName.replace(/Command$/, "");
        // Operations on whole tables have no such member.
        const isOnItems = !operation.endsWith("Table");
        const asked = isOnItems ? { ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } } : args;
        const answer = await next(asked).catch((error: unknown) => {
          if (refusedToo && error instanceof ConditionalCheckFailedException)
            calls.push({ operation, units: Math.max(1, Math.ceil(itemSize(error.Item ?? {}) / 1024)) });
          throw error;
        });
        const consumed = isOnItems ? unitsOf(answer.output) : 0;
        // A query that finds nothing costs half a unit; DynamoDB Local says none.
        const isEmpty = refusedToo && operation === "Query" && consumed === 0;
        if (isOnItems) calls.push({ operation, units: isEmpty ? 0.5 : consumed });
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
