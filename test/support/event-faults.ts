import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import type { PutEventsEntry } from "../../adapters/eventbridge/put-events-batches.ts";

const SCHEMAS = join(import.meta.dirname, "../../docs/events");

// The draft that EventBridge's registry takes calls a schema's name `id`.
const ajv = new Ajv({ schemaId: "id", meta: false, allErrors: true });
ajv.addMetaSchema(
  JSON.parse(
    readFileSync(join(import.meta.dirname, "../../node_modules/ajv/lib/refs/json-schema-draft-04.json"), "utf8"),
  ) as object,
);

/** What the published schema of its type finds wrong with an event, in the envelope that EventBridge puts around it. */
export function eventFaults({ DetailType, Source, Detail, Time }: PutEventsEntry): readonly string[] {
  const name = `${DetailType.toLowerCase().replaceAll(" ", "-")}.json`;
  const schema = JSON.parse(readFileSync(join(SCHEMAS, name), "utf8")) as object;
  const event = {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": DetailType,
    source: Source,
    account: "111122223333",
    time: new Date(Time * 1000).toISOString(),
    region: "eu-central-1",
    resources: [],
    detail: JSON.parse(Detail) as unknown,
  };
  if (ajv.validate(schema, event) === true) return [];
  return (ajv.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ""}`);
}
