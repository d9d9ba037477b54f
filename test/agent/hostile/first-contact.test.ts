import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trustServer } from "../../../agent/service/server-trust.ts";
import { caCertHashOf } from "../../../agent/certificate/trust-bundle.ts";
import { runAgent } from "../support/agent-run.ts";
import { isMissing, type Ending } from "../support/shell-machine.ts";
import { testAuthority } from "../support/test-authority.ts";
import { runScript } from "./attack-shell.ts";
import { withHeader } from "./hostile-cases.ts";
import type { Spoil } from "./hostile-front.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

/** Both agents, and each kind of shell that computes the signature in its own way. */
const AGENTS = [
  {
    name: "nodeseal-agent",
    shell: undefined,
    run: async (argv: readonly string[], { environment }: Sandbox): Promise<Ending> =>
      await runAgent(argv, { trustServer, environment }),
  },
  ...[["dash"], ["bash"], ["busybox", "sh"], ["ksh"], ["mksh"]].map((shell) => ({
    name: `nodeseal-join.sh with ${shell.join(" ")}`,
    shell,
    run: async (argv: readonly string[], machine: Sandbox): Promise<Ending> => await runScript(shell, argv, machine),
  })),
];

const KNOWS_NOTHING = /is not the service that made the token: it does not know the token's secret/;
const CANNOT_SHOW = /cannot show that it knows the token, as --ca-cert-hash asks: .* or use --ca-file/;

/** The server's certificate is one that this machine trusts, and its trust bundle holds the pinned CA: anybody can have both. */
const IMPOSTORS: readonly { name: string; says: RegExp; arrange: (machine: Sandbox) => Promise<void> | void }[] = [
  {
    name: "holds the public trust bundle, and another token",
    says: KNOWS_NOTHING,
    arrange: ({ service }) => void (service.discovery.token = "abcdef.0123456789abcdef"),
  },
  {
    name: "passes the question on to the service at its own address",
    says: KNOWS_NOTHING,
    arrange: ({ service }) => void (service.discovery.url = "https://nodeseal.example/v1/discovery/abcdef"),
  },
  { name: "replays what the service said to another nonce", says: KNOWS_NOTHING, arrange: replay },
  {
    name: "signs nothing",
    says: KNOWS_NOTHING,
    arrange: ({ front }) => void (front.spoil = withHeader("nodeseal-discovery", "")),
  },
  {
    name: "puts a CA of its own beside the pinned one",
    says: KNOWS_NOTHING,
    arrange: async ({ front }) => {
      const { pem } = await testAuthority("CN=Ours");
      front.spoil = (answer, route) =>
        route === "discovery" ? { ...answer, body: Buffer.concat([answer.body, Buffer.from(pem)]) } : answer;
    },
  },
  {
    name: "has a token that somebody made as a Secret",
    says: CANNOT_SHOW,
    arrange: ({ service }) => void (service.discovery.token = undefined),
  },
  {
    name: "is an older service",
    says: CANNOT_SHOW,
    arrange: ({ service }) => service.fail("discovery", { status: 404, code: "not_found" }),
  },
];

/** Another agent has asked before, and the impostor listened. */
async function replay(machine: Sandbox): Promise<void> {
  const heard: string[] = [];
  machine.front.spoil = (answer) => {
    heard.push(...answer.head.filter((line) => line.startsWith("nodeseal-discovery: ")));
    return answer;
  };
  const [id = ""] = machine.service.token.split(".");
  const other = await testClient(machine, `/v1/discovery/${id}?nonce=another-nonce-of-22-chars`);
  assert.equal(other, 200);
  const old: Spoil = withHeader("nodeseal-discovery", heard[0]?.slice("nodeseal-discovery: ".length) ?? "");
  machine.front.spoil = old;
}

async function testClient({ front, caFile }: Sandbox, path: string): Promise<number> {
  const settings = { url: front.url, caFile, caCertHashes: [], environment: {} };
  const { transport } = await trustServer(settings);
  return (await transport({ method: "GET", url: new URL(path, front.url), headers: {} })).status;
}

for (const agent of AGENTS) {
  const skip = agent.shell !== undefined && isMissing({ name: agent.name, shell: agent.shell });
  describe(`first contact of ${agent.name}, by the pin of a CA in the trust bundle`, { skip }, () => {
    const contact = async (machine: Sandbox): Promise<Ending> => {
      const pin = caCertHashOf(machine.service.root.certificate);
      return await agent.run([...machine.joining, "--ca-cert-hash", pin], machine);
    };

    it("joins with a service that knows the token", async (t) => {
      const machine = await sandbox(t);
      const { exitStatus, stderr } = await contact(machine);
      assert.equal(exitStatus, 0, stderr);
      assert.equal(machine.service.requestsTo("discovery").length, 1);
    });

    for (const { name, says, arrange } of IMPOSTORS) {
      it(`sends no token to a server that ${name}`, async (t) => {
        const machine = await sandbox(t);
        await arrange(machine);
        const { exitStatus, stderr } = await contact(machine);
        assert.equal(exitStatus, 1, stderr);
        assert.match(stderr, says);
        const [, secret = ""] = machine.service.token.split(".");
        assert.equal(machine.service.requestsTo("enrol").length, 0);
        assert.ok(!machine.front.seen.some((request) => request.includes(secret)), "the secret was sent");
      });
    }
  });
}
