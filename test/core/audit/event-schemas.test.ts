import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as z from "zod/mini";
import { EVENT_DETAILS, EVENT_SOURCE, type EventType } from "../../../core/audit/service-event.ts";

const DIRECTORY = join(import.meta.dirname, "../../../docs/events");
const page = readFileSync(join(import.meta.dirname, "../../../docs/events.md"), "utf8");
const types = Object.keys(EVENT_DETAILS) as EventType[];

/** Of every event: the page names them once. */
const COMMON = new Set(["id", "cluster", "requestId", "sourceIp"]);

const fileName = (type: EventType): string => `${type.toLowerCase().replaceAll(" ", "-")}.json`;

/** EventBridge's envelope around a detail, in the draft that its schema registry takes. */
function schemaOf(type: EventType): object {
  const text = { type: "string" };
  const { $schema, additionalProperties, ...detail } = z.toJSONSchema(EVENT_DETAILS[type], {
    target: "draft-4",
    io: "input",
  }) as Record<string, unknown>;
  assert.equal(additionalProperties, undefined, "members may be added");
  return {
    $schema,
    title: type,
    type: "object",
    required: ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"],
    properties: {
      version: text,
      id: text,
      "detail-type": { type: "string", enum: [type] },
      source: { type: "string", enum: [EVENT_SOURCE] },
      account: text,
      time: { type: "string", format: "date-time" },
      region: text,
      resources: { type: "array", items: text },
      detail,
    },
  };
}

describe("the published schemas of events", () => {
  for (const type of types) {
    it(`has "${type}" as the code makes it (UPDATE_SNAPSHOT=1 writes it anew)`, () => {
      const file = join(DIRECTORY, fileName(type));
      const made = `${JSON.stringify(schemaOf(type), undefined, 2)}\n`;
      if (process.env["UPDATE_SNAPSHOT"] === "1") writeFileSync(file, made);
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(made));
    });

    it(`has "${type}" and every member of it in docs/events.md`, () => {
      const row = page.split("\n").find((line) => line.includes(`](events/${fileName(type)})`)) ?? "";
      assert.ok(row.includes(type), `${type} has no row that links its schema`);
      for (const member of Object.keys(EVENT_DETAILS[type].shape).filter((name) => !COMMON.has(name)))
        assert.ok(row.includes(`\`${member}\``), `${type}: ${member}`);
    });
  }

  it("is of no type that is gone", () => {
    assert.deepEqual(readdirSync(DIRECTORY).sort(), types.map(fileName).sort());
  });
});
