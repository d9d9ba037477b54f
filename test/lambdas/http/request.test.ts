import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError } from "../../../core/refusal.ts";
import { bearerToken, queryOf } from "../../../lambdas/http/request.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";

/** What a refusal says of it: the field goes into the log. */
function refusalOf(name: string): RefusalError {
  const event = httpEvent({ routeKey: "GET /v1/admin/tokens", query: { [name]: "1" } });
  try {
    queryOf(event, ["limit", "cursor"]);
  } catch (error) {
    if (error instanceof RefusalError) return error;
  }
  return assert.fail("it was not refused");
}

describe("a member of the query that nobody asked for", () => {
  it("is named, so that a misspelled one is found", () => {
    const { field, message } = refusalOf("limmit");
    assert.equal(field, "limmit");
    assert.equal(message, 'the query has no member "limmit", allowed are limit, cursor');
  });

  for (const name of [
    "abcdef.0123456789abcdef",
    "Bearer abcdef.0123456789abcdef",
    "x".repeat(8000),
    "a\nb",
    "\u009b2J",
  ])
    it(`is not repeated when it is no name: ${JSON.stringify(name.slice(0, 20))}`, () => {
      const { field, message } = refusalOf(name);
      assert.equal(field, undefined);
      assert.ok(!message.includes(name), message.slice(0, 100));
    });
});

describe("a bearer token", () => {
  const rows = [
    { header: "Bearer abcdef.x", is: "abcdef.x" },
    { header: "bearer   abcdef.x", is: "abcdef.x" },
    { header: "Bearerabcdef.x", is: undefined },
    { header: "Bearer abcdef .x", is: undefined },
    { header: "Bearer ", is: undefined },
    { header: "Basic abcdef.x", is: undefined },
  ];
  for (const { header, is } of rows)
    it(`is read from ${JSON.stringify(header)}`, () => {
      const event = httpEvent({ routeKey: "GET /v1/admin/tokens" });
      assert.equal(bearerToken({ ...event, headers: { authorization: header } }), is);
    });
});
