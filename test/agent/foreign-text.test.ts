import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { eventLog, type LogFormat } from "../../agent/output/event-log.ts";
import { openTunnel } from "../../agent/service/proxy-tunnel.ts";
import { assertSuccess } from "../../agent/service/service-answer.ts";

/** Clears the screen, colours it, hides what follows, and does so again with C1 controls. */
const HOSTILE = "a\u001b[2J\u009b31m\u0007\u007f\u202e\u2028b";
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("other people's text on a terminal", () => {
  it("does nothing there when it comes from the service, whatever the member", () => {
    for (const member of ["code", "detail", "title", "message", "rule", "field"]) {
      const problem = { code: "denied_by_policy", [member]: HOSTILE };
      const response = { status: 403, headers: { "content-type": "application/json" }, body: JSON.stringify(problem) };
      assert.throws(
        () => assertSuccess(response),
        (error) => error instanceof Error && !ACTIVE.test(error.message),
        member,
      );
    }
  });

  it("does nothing there when it comes from a proxy", async (t) => {
    const proxy = createServer((client) => client.end(`HTTP/1.1 403 ${HOSTILE}\r\n\r\n`, "latin1"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    t.after(() => proxy.close());
    const address = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const tunnel = openTunnel(address, "nodeseal.example", 443, AbortSignal.timeout(30_000));
    await assert.rejects(
      tunnel,
      (error) => error instanceof Error && error.message.includes("403") && !ACTIVE.test(error.message),
    );
  });

  for (const format of ["logfmt", "json"] as const satisfies readonly LogFormat[]) {
    it(`does nothing there when it is logged as ${format}`, () => {
      const lines: string[] = [];
      const log = eventLog(
        format,
        (line) => lines.push(line),
        () => new Date(0),
      );
      log("warn", "hook_failed", { error: HOSTILE });
      log("warn", "hook_failed", { error: "a\u202eb" });
      assert.equal(lines.length, 2);
      for (const line of lines) assert.ok(!ACTIVE.test(line), JSON.stringify(line));
      if (format === "json") assert.equal((JSON.parse(lines[0] ?? "") as { error: string }).error, HOSTILE);
    });
  }
});
