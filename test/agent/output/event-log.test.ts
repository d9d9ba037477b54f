import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventLog } from "../../../agent/output/event-log.ts";

describe("the event log", () => {
  const fields = { error: 'a "b" c', empty: "", count: 2, left: undefined, at: new Date(0) };
  const write = (format: "logfmt" | "json"): string => {
    const lines: string[] = [];
    eventLog(
      format,
      (line) => lines.push(line),
      () => new Date(0),
    )("warn", "renewal_failed", fields);
    return lines.join("\n");
  };

  it("writes logfmt", () => {
    assert.equal(
      write("logfmt"),
      'time=1970-01-01T00:00:00.000Z level=warn event=renewal_failed error="a \\"b\\" c" empty="" count=2 at=1970-01-01T00:00:00.000Z',
    );
  });

  it("writes JSON", () => {
    assert.deepEqual(JSON.parse(write("json")), {
      time: "1970-01-01T00:00:00.000Z",
      level: "warn",
      event: "renewal_failed",
      error: 'a "b" c',
      empty: "",
      count: 2,
      at: "1970-01-01T00:00:00.000Z",
    });
  });
});
