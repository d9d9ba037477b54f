import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run, type CommandResult } from "../support/command.ts";
import { areBundles, PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { workspace } from "../support/openssl.ts";
import { runHere } from "../support/run-here.ts";

const skip = areBundles ? "the agent is the same in front of what ships" : false;

const shellSkip = (shell: string): string | false =>
  spawnSync(shell, ["--help"]).error === undefined || process.env["CI"] !== undefined ? false : `${shell} is not here`;

/**
 * "Join again with a new token" is what the agent advises to whoever the service refuses. Here it is done, against each state
 * that such a message is about.
 */
describe("nodeseal-agent join, where the service refuses the certificate", { skip }, () => {
  const files = workspace();
  let service: LocalService;

  const program = (name: string, ...args: string[]): Promise<CommandResult> =>
    runHere(name, args, { environment: service.environment });
  const operator = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await program("nodeseal.js", ...args);
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };
  const agent = (command: string, node: string, ...args: string[]): Promise<CommandResult> =>
    program("nodeseal-agent.js", command, "--dir", files.path(node), ...args);
  const joinWith = async (node: string, token: string, ...args: string[]): Promise<CommandResult> =>
    agent("join", node, "--url", service.url, "--token", token, "--node", node, "--wait", "10s", ...args);
  const token = (...args: string[]): Promise<string> => operator("token", "create", "--max-uses", "1", ...args);
  const certificateOf = (node: string): string =>
    readFileSync(join(files.path(node), "kubelet-client-current.pem"), "utf8");
  const joined = async (node: string): Promise<string> => {
    const { status, stderr } = await joinWith(node, await token());
    assert.equal(status, 0, stderr);
    return certificateOf(node);
  };
  const refused = async (node: string, code: RegExp): Promise<void> => {
    const { status, stderr } = await agent("renew", node, "--force", "--wait", "0");
    assert.equal(status, 1);
    assert.match(stderr, code);
    assert.match(stderr, /join again with a (?:new )?token/);
  };

  const restarted = async (): Promise<void> => {
    const { dataDirectory, url } = service;
    service = await startLocalService({ dataDirectory, isUnlikeDefault: true, port: Number(new URL(url).port) });
  };

  before(async () => void (service = await startLocalService({ isUnlikeDefault: true })));
  after(async () => {
    await service.stop();
    files.remove();
  });

  it("does nothing on a machine that is well, and accuses nobody", async () => {
    const before = await joined("well");
    const again = await joinWith("well", await token());
    assert.equal(again.status, 0);
    assert.match(again.stdout, /^nothing to do, this machine already is system:node:well/);
    assert.equal(certificateOf("well"), before);
    assert.match(await operator("node", "show", "well"), /Suspicious use: +none seen/);
  });

  it("brings a revoked node back once its name is free, and says why not before", async () => {
    const before = await joined("lost");
    await operator("node", "revoke", "lost", ...(await confirmation("node", "revoke")));
    await refused("lost", /certificate_revoked/);
    const status = await agent("status", "lost");
    assert.equal(status.status, 4);
    assert.match(status.stdout, /^system:node:lost: valid, refused by the service$/m);
    assert.match(status.stderr, /the service said: this certificate was revoked/);
    const described = JSON.parse((await agent("status", "lost", "-o", "json")).stdout) as { refusal: { code: string } };
    assert.equal(described.refusal.code, "certificate_revoked");

    const held = await joinWith("lost", await token());
    assert.equal(held.status, 1, "the name is revoked");
    assert.equal(certificateOf("lost"), before, "what is there stays until there is another");
    await operator("node", "release", "lost", ...(await confirmation("node", "release")));
    const back = await joinWith("lost", await token());
    assert.equal(back.status, 0, back.stderr);
    assert.match(back.stdout, /^joined as system:node:lost$/m);
    assert.notEqual(certificateOf("lost"), before);
    assert.equal((await agent("status", "lost")).status, 0);
    assert.equal((await agent("renew", "lost", "--force")).status, 0);
  });

  it("asks the service where it has not been refused yet", async () => {
    const before = await joined("unsuspecting");
    await operator("node", "revoke", "unsuspecting", ...(await confirmation("node", "revoke")));
    await operator("node", "release", "unsuspecting", ...(await confirmation("node", "release")));
    const back = await joinWith("unsuspecting", await token());
    assert.equal(back.status, 0, back.stderr);
    assert.notEqual(certificateOf("unsuspecting"), before);
  });

  it("takes another certificate when it is forced to, with a token that may replace", async () => {
    const before = await joined("forced");
    const held = await joinWith("forced", await token(), "--force");
    assert.equal(held.status, 1);
    assert.match(held.stderr, /node_name_taken/);
    assert.equal(certificateOf("forced"), before);
    const { status, stderr } = await joinWith("forced", await token("--replace"), "--force");
    assert.equal(status, 0, stderr);
    assert.notEqual(certificateOf("forced"), before);
    assert.deepEqual(
      readdirSync(files.path("forced")).filter((name) => name.startsWith(".") || name.includes("pending")),
      [],
      "no key is left behind",
    );
  });

  it("stays with the certificate it has while the service does not answer, and says so", async () => {
    const before = await joined("alone");
    await service.stop();
    const { stderr, status, stdout } = await joinWith("alone", "x23456.0123456789abcdef");
    await restarted();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^nothing to do/);
    assert.match(stderr, /could not be asked whether it still accepts the certificate/);
    assert.equal(certificateOf("alone"), before);
  });

  for (const shell of ["dash", "busybox"]) {
    it(`does the same in shell (${shell})`, { skip: shellSkip(shell) }, async () => {
      const node = `shell-${shell}`;
      const script = async (command: string): Promise<CommandResult> => {
        const tokenFile = files.write("token", await token());
        const first = ["--url", service.url, "--token-file", tokenFile, "--node", node, "--wait", "10"];
        const args = [command, "--dir", files.path(node), ...(command === "join" ? first : ["--force"])];
        const before = shell === "busybox" ? ["sh"] : [];
        return run(shell, [...before, join(PROJECT, "agent/nodeseal-join.sh"), ...args], service);
      };
      const first = await script("join");
      assert.equal(first.status, 0, first.stderr);
      assert.match((await script("join")).stdout, /^nothing to do, this machine already is/);
      const before = certificateOf(node);
      await operator("node", "revoke", node, ...(await confirmation("node", "revoke")));
      assert.equal((await script("renew")).status, 1);
      await operator("node", "release", node, ...(await confirmation("node", "release")));
      const back = await script("join");
      assert.equal(back.status, 0, back.stderr);
      assert.match(back.stdout, /^joined as system:node:/);
      assert.notEqual(certificateOf(node), before);
      const renewed = await script("renew");
      assert.equal(renewed.status, 0, renewed.stderr);
      assert.match(await operator("node", "show", node), /Suspicious use: +none seen/);
    });
  }

  it("brings everybody back whose CA was retired by force", async () => {
    const before = await joined("stranded");
    await operator("ca", "prepare", "--wait", "180s");
    await operator("ca", "activate", "issuing-g2", "--wait", "60s");
    await operator("ca", "retire", "issuing-g1", "--force", "--wait", "180s", ...(await confirmation("ca", "retire")));
    // A function keeps the CAs it read for a minute.
    await service.stop();
    await restarted();
    await refused("stranded", /invalid_proof.*its CA issuing-g1 has been retired/);
    const back = await joinWith("stranded", await token("--replace"));
    assert.equal(back.status, 0, back.stderr);
    assert.notEqual(certificateOf("stranded"), before);
    assert.equal((await agent("renew", "stranded", "--force")).status, 0);
  });

  /** Commands that ask before they act take `--yes`. */
  async function confirmation(...command: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await program("nodeseal.js", ...command, "--help");
    return stdout.includes("--yes") ? ["--yes"] : [];
  }
});
