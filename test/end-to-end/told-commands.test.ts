import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { CommandResult } from "../support/command.ts";
import { HttpsClient, type Answer } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { runHere } from "../support/run-here.ts";

const MANUAL = { groups: ["system:bootstrappers:manual"] };

/** A state that an operator meets, the message that it gives, and what the command in that message leads to. */
interface Told {
  readonly why: string;
  readonly message: () => Promise<string>;
  /** Finds the command in the message. */
  readonly command: RegExp;
  readonly leadsTo: () => Promise<void>;
}

describe("every command that a message tells an operator to run", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;
  before(async () => {
    service = await startLocalService({ environment: { POWERTOOLS_LOG_LEVEL: "INFO" } });
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  const nodeseal = (...args: string[]): Promise<CommandResult> =>
    runHere("nodeseal.js", args, { environment: service.environment });
  const join = async (name: string, token?: string): Promise<Answer> =>
    client.post("/v1/certificates", { csr: nodeCsr(name).csrPem }, token ?? (await client.newToken()));
  const joined = async (name: string): Promise<Answer> => {
    const answer = await join(name);
    assert.equal(answer.status, 201, answer.text);
    return answer;
  };
  const waiting = async (name: string): Promise<{ readonly request: string; readonly token: string }> => {
    const token = await client.newToken(MANUAL);
    const { status, json } = await join(name, token);
    assert.equal(status, 202);
    return { request: String(json["name"]), token };
  };
  const refusal = async (...args: string[]): Promise<string> => {
    const { status, stderr } = await nodeseal(...args);
    assert.equal(status, 1, `${args.join(" ")} was done`);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    return stderr;
  };
  let late: Awaited<ReturnType<typeof waiting>>;
  const isIssued = async (): Promise<void> => {
    const { status, json } = await client.get(`/v1/certificates/${late.request}`, late.token);
    assert.deepEqual([status, json["state"]], [200, "Issued"]);
  };

  const table: readonly Told[] = [
    {
      why: "a token asks for a name that is held",
      message: async () => {
        await joined("held-1");
        return String((await join("held-1")).json["detail"]);
      },
      command: /nodeseal (node release \S+?)\)/,
      leadsTo: async () => assert.equal((await joined("held-1")).status, 201),
    },
    {
      why: "a request is approved for a name that is held: the override",
      message: async () => {
        await joined("held-2");
        late = await waiting("held-2");
        return refusal("csr", "approve", late.request);
      },
      command: /nodeseal (csr approve \S+ --replace)/,
      leadsTo: isIssued,
    },
    {
      why: "the same: the release, and the approval again",
      message: async () => {
        await joined("held-3");
        late = await waiting("held-3");
        return refusal("csr", "approve", late.request);
      },
      command: /nodeseal (node release \S+ --signer \S+)/,
      leadsTo: async () => {
        assert.equal((await nodeseal("csr", "approve", late.request)).status, 0);
        await isIssued();
      },
    },
    {
      why: "a request is approved for a name that was revoked",
      message: async () => {
        await joined("revoked-1");
        late = await waiting("revoked-1");
        await nodeseal("node", "revoke", "revoked-1");
        return refusal("csr", "approve", late.request);
      },
      command: /nodeseal (node release \S+)/,
      leadsTo: async () => {
        assert.equal((await nodeseal("csr", "approve", late.request)).status, 0);
        await isIssued();
      },
    },
    {
      why: "a certificate was revoked, and its name is to get no other",
      message: async () => {
        const { json } = await joined("lost-1");
        return (await nodeseal("cert", "revoke", String(json["serialNumber"]))).stdout;
      },
      command: /nodeseal (node revoke \S+)/,
      leadsTo: async () => {
        assert.equal((await join("lost-1")).json["code"], "certificate_revoked");
      },
    },
    {
      why: "a name was revoked, and is to be used again",
      message: async () => {
        await joined("lost-2");
        return (await nodeseal("node", "revoke", "lost-2")).stdout;
      },
      command: /until nodeseal (node release \S+)/,
      leadsTo: async () => assert.equal((await joined("lost-2")).status, 201),
    },
  ];

  for (const { why, message, command, leadsTo } of table) {
    it(`helps when ${why}`, async () => {
      const [, told = ""] = command.exec(await message()) ?? [];
      assert.notEqual(told, "", "no command in the message");
      const { status, stderr } = await nodeseal(...told.trim().split(" "));
      assert.equal(status, 0, `nodeseal ${told}: ${stderr}`);
      await leadsTo();
    });
  }

  it("refuses names that nobody can have in one line, and does nothing", async () => {
    for (const name of ["web#1", "a/b", "%2e%2e", "..", "rack7-*", "größer", "Worker-1", "nobody-1"]) {
      for (const verb of ["release", "revoke", "show"]) {
        const { status, stdout, stderr } = await nodeseal("node", verb, name);
        assert.notEqual(status, 0, `node ${verb} ${name}`);
        assert.equal(stdout, "");
        assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      }
    }
  });

  it("lets two operators release and revoke a name at once: both are done, or told", async () => {
    await joined("both-1");
    const answers = await Promise.all(
      ["release", "revoke", "release", "revoke"].map((verb) => nodeseal("node", verb, "both-1")),
    );
    for (const { status, stderr } of answers) assert.ok(status === 0 || stderr.includes("try again"), stderr);
    assert.equal((await nodeseal("node", "show", "both-1")).status, 0);
  });

  it("shows who approved what, after it was signed", async () => {
    const listed = await nodeseal("csr", "list", "--state", "issued", "-o", "json");
    const { items } = JSON.parse(listed.stdout) as { readonly items: readonly { readonly nodeName: string }[] };
    assert.deepEqual(items.map(({ nodeName }) => nodeName).toSorted(), ["held-2", "held-3", "revoked-1"]);
  });
});
