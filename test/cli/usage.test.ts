import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CLI_VERSION } from "../../cli/program/cli-version.ts";
import { runCommandLine } from "../../cli/command-line.ts";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { environmentOf, runCliProcess } from "./support/cli.ts";

/** Every command there is, in the order in which help lists them. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  token: ["create", "list", "show", "revoke"],
  csr: ["list", "show", "approve", "deny"],
  cert: ["list", "show", "revoke"],
  node: ["list", "show", "release", "revoke"],
  recovery: ["admit", "show", "end"],
  ca: ["show", "bundle", "crl"],
  policy: ["check", "simulate"],
};

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs in this process: help and usage errors need no service. */
async function run(...argv: string[]): Promise<Outcome> {
  let stderr = "";
  let stdout = "";
  const note = (line: string): void => void (stderr += `${line}\n`);
  const screen = {
    write: (text: string) => void (stdout += text),
    note,
    isTerminal: false,
    columns: 80,
    hasColour: false,
  };
  const status = await runCommandLine(argv, { environment: {}, clock: () => new Date(), screen });
  return { status, stdout, stderr };
}

describe("nodeseal --help", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  it("lists every group, the environment and the exit status", async () => {
    const { status, stdout, stderr } = await runCliProcess(["--help"], environmentOf(server));
    assert.equal(status, 0);
    assert.equal(stderr, "");
    for (const group of Object.keys(COMMANDS)) assert.match(stdout, new RegExp(`^ {2}${group} `, "m"));
    for (const word of ["NODESEAL_URL", "NODESEAL_CA_FILE", "AWS_", "NO_COLOR", "Exit status", "--url", "--output"]) {
      assert.ok(stdout.includes(word), word);
    }
  });

  it("needs none of what the commands need", async () => {
    const { status, stdout } = await runCliProcess(["token", "create", "--help"], { PATH: "", HOME: "/nonexistent" });
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: nodeseal token create \[options\]$/m);
  });

  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const command of commands) {
      it(`teaches ${group} ${command} by example`, async () => {
        const { stdout } = await run("help", group, command);
        assert.match(stdout, new RegExp(`^Usage: nodeseal ${group} ${command} `, "m"));
        assert.match(stdout, new RegExp(`^Examples:(\\n.*)*\\$ nodeseal ${group} ${command}`, "m"));
        assert.match(stdout, /--output <format>/);
        assert.match(stdout, /--url <url>/);
      });
    }
  }

  it("shows the commands of a group", async () => {
    const { stdout } = await run("token", "--help");
    for (const command of COMMANDS["token"] ?? []) assert.match(stdout, new RegExp(`^ {2}${command} `, "m"));
  });

  for (const group of Object.keys(COMMANDS)) {
    it(`names the commands of ${group} before it loads them`, async () => {
      const { stdout } = await run("help", group);
      const listed = Array.from(
        /^Commands:\n((?: .*\n?)+)/m.exec(stdout)?.[1]?.matchAll(/^ {2}(\S+)/gm) ?? [],
        ([, name]) => name,
      );
      const all = await run("--help");
      const summary = new RegExp(`^ {2}${group} +((?:.+\\n)(?: {20,}.+\\n)*)`, "m").exec(all.stdout)?.[1] ?? "";
      const names = summary.replace(/\s+/g, " ").trim().split(": ")[1]?.split(", ");
      assert.deepEqual(
        listed.filter((name) => name !== "help"),
        names,
      );
    });
  }

  it("shows the same help for help GROUP COMMAND as for GROUP COMMAND --help, also where a group has that name", async () => {
    for (const [group, command] of [
      ["token", "create"],
      ["ca", "csr"],
    ] as const)
      assert.deepEqual(await run("help", group, command), await run(group, command, "--help"));
  });

  it("shows the help and says that something is missing, when there is no command", async () => {
    for (const args of [[], ["token"]]) {
      const { status, stdout, stderr } = await runCliProcess(args, environmentOf(server));
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /^Usage: nodeseal/);
    }
  });

  it("has the version of the package", async () => {
    const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    const { version } = JSON.parse(text) as { readonly version: string };
    assert.equal(CLI_VERSION, version);
    assert.deepEqual(await runCliProcess(["--version"], environmentOf(server)), {
      status: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });
});

const TOKEN = "abcdef.0123456789abcdef";

const WRONG_USAGE = [
  { why: "an unknown group", argv: ["frobnicate"], says: "unknown command 'frobnicate'; see nodeseal --help" },
  {
    why: "an unknown command",
    argv: ["token", "lst"],
    says: "unknown command 'lst' (Did you mean list?); see nodeseal token --help",
  },
  {
    why: "an unknown option",
    argv: ["token", "create", "--tll", "5m"],
    says: "unknown option '--tll' (Did you mean --ttl?); see nodeseal token create --help",
  },
  {
    why: "an unknown format",
    argv: ["token", "list", "-o", "xml"],
    says: "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, wide, name, json, yaml, csv; see nodeseal --help",
  },
  {
    why: "a duration that is none",
    argv: ["token", "create", "--ttl", "soon"],
    says: "option '--ttl <duration>' argument 'soon' is invalid. Write it like 90s, 30m, 24h, 7d or 1h30m; see nodeseal token create --help",
  },
  {
    why: "no uses at all",
    argv: ["token", "create", "--max-uses", "0"],
    says: "option '--max-uses <n>' argument '0' is invalid. It must be a whole number from 1; see nodeseal token create --help",
  },
  {
    why: "an unknown usage",
    argv: ["token", "create", "--usages", "signing,login"],
    says: "option '--usages <usages>' argument 'signing,login' is invalid. Allowed are signing, authentication; see nodeseal token create --help",
  },
  {
    why: "an unknown reason",
    argv: ["cert", "revoke", "4f8a1c00d2e94b7c8b1f5a3e6d7c9b0a", "--reason", "oops"],
    says: "option '--reason <reason>' argument 'oops' is invalid. Allowed are unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn; see nodeseal cert revoke --help",
  },
  {
    why: "what is no shard",
    argv: ["ca", "crl", "issuing-g1", "--shard", "abc"],
    says: "option '--shard <digits>' argument 'abc' is invalid. It has one or two hexadecimal digits; see nodeseal ca crl --help",
  },
  {
    why: "no name",
    argv: ["csr", "approve"],
    says: "missing required argument 'name'; see nodeseal csr approve --help",
  },
  {
    why: "a token where none belongs, without its secret",
    argv: ["token", "create", TOKEN],
    says: "too many arguments for 'create'. Expected 0 arguments but got 1: abcdef.<secret>; see nodeseal token create --help",
  },
  {
    why: "a token too many, without its secret",
    argv: ["token", "show", "abcdef", TOKEN],
    says: "too many arguments for 'show'. Expected 1 argument but got 2: abcdef, abcdef.<secret>; see nodeseal token show --help",
  },
  {
    why: "what is no token id, without repeating it",
    argv: ["token", "revoke", `${TOKEN}0`],
    says: "that is no token id (6 lower-case letters or digits, like abcdef) and no token (like abcdef.0123456789abcdef)",
  },
  {
    why: "what is no serial number",
    argv: ["cert", "show", "4f8a"],
    says: '"4f8a" is no serial number of this service: they have 32 hexadecimal digits (case, colons, 0x and leading zeros do not matter)',
  },
  { why: "what is no node name", argv: ["node", "show", ".."], says: '".." is no node name, like worker-1' },
  {
    why: "help of what is not there",
    argv: ["help", "token", "make"],
    says: "there is no command token make; see nodeseal --help",
  },
  {
    why: "no service",
    argv: ["token", "list"],
    says: "which service? give --stack or --url, set NODESEAL_STACK or NODESEAL_URL, or source <data-dir>/env (for npm start: . .nodeseal/env)",
  },
  {
    why: "a service in clear, even on this machine",
    argv: ["--url", "http://127.0.0.1:8443", "token", "list"],
    says: "the service's address must begin with https://, got http://",
  },
  {
    why: "a service that is no address",
    argv: ["--url", "nodeseal", "token", "list"],
    says: "the service's address is no URL; it looks like https://nodeseal.example",
  },
  {
    why: "a service with a password in its address, without repeating it",
    argv: ["--url", "https://admin:geheim@nodeseal.example", "token", "list"],
    says: "the service's address must have no user, password, query or fragment",
  },
];

describe("wrong usage", () => {
  for (const { why, argv, says } of WRONG_USAGE) {
    it(`is told of ${why} in one line, with status 2`, async () => {
      assert.deepEqual(await run(...argv), { status: 2, stdout: "", stderr: `nodeseal: ${says}\n` });
    });
  }
});
