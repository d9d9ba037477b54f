import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { runCommandLine } from "../../cli/command-line.ts";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { nodeItem, requestItem } from "./support/canned-items.ts";
import { environmentOf, runCli } from "./support/cli.ts";

describe("nodeseal csr review", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const WAITING = ["csr-a", "csr-b", "csr-c", "csr-d"];
  /** Each question gets the next answer. */
  const review = async (...answers: string[]) => {
    server.respond(({ method, path }) => {
      const [, name] = /^\/v1\/admin\/requests\/(csr-.)/.exec(path) ?? [];
      if (method === "POST")
        return name === "csr-b"
          ? problem(409, "node_name_taken", "the name is held")
          : { body: requestItem({ name, state: "Approved" }) };
      if (name !== undefined) return { body: requestItem({ name, state: name === "csr-c" ? "Denied" : "Pending" }) };
      if (path === "/v1/admin/requests") return { body: { items: WAITING.map((one) => requestItem({ name: one })) } };
      return path.endsWith("worker-1") ? { body: nodeItem() } : problem(404, "not_found", "no such node");
    });
    let [stdout, stderr] = ["", ""];
    const questions: string[] = [];
    const status = await runCommandLine(["csr", "review"], {
      environment: environmentOf(server),
      clock: () => new Date(),
      screen: {
        isTerminal: true,
        columns: 80,
        hasColour: false,
        write: (text) => void (stdout += text),
        note: (line) => void (stderr += `${line}\n`),
        ask: (question) => {
          questions.push(question);
          return Promise.resolve(answers.shift() ?? "");
        },
      },
    });
    const decided = server.requests
      .filter(({ method }) => method === "POST")
      .map(({ path, body }) => [path, (JSON.parse(body) as { decision: string }).decision]);
    return { status, stdout, stderr, questions, decided };
  };

  it("shows each with who holds the name, and does what is answered", async () => {
    const { status, stdout, stderr, questions, decided } = await review("y", "", "n");
    assert.equal(status, 0);
    assert.match(stdout, /^Name held by: +Active, certificate [0-9a-f]{32}, ends /m);
    assert.deepEqual(
      questions,
      [1, 2, 4].map((index) => `${index} of 4: approve? [y/n/s/q] `),
    );
    assert.deepEqual(decided, [
      ["/v1/admin/requests/csr-a/approval", "Approved"],
      ["/v1/admin/requests/csr-d/approval", "Denied"],
    ]);
    assert.match(stderr, /csr-b is left waiting\ncsr-c is Denied by now/);
  });

  it("goes on behind one that cannot be approved, and ends with status 1", async () => {
    const { status, stderr, decided } = await review("s", "y", "y");
    assert.equal(status, 1);
    assert.match(stderr, /csr-b: .*the name is held/);
    assert.equal(decided.length, 2);
  });

  it("ends at once, and leaves the rest", async () => {
    const { status, decided, questions } = await review("q");
    assert.deepEqual([status, decided, questions.length], [0, [], 1]);
  });

  it("asks nobody in a pipe, and says what to do there", async () => {
    const { status, stderr } = await runCli(["csr", "review"], environmentOf(server));
    assert.equal(status, 1);
    assert.match(stderr, /csr review asks on a terminal; here: nodeseal csr list --state pending/);
  });
});
