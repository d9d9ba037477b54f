import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RunSignals } from "../../../agent/keeper/run-signals.ts";
import { caCertHashOf } from "../../../agent/certificate/trust-bundle.ts";
import { runAgent } from "../support/agent-run.ts";
import { problem } from "../support/service-answer.ts";
import { testAuthority } from "../support/test-authority.ts";
import { pemsIn, validator } from "../support/validator.ts";

describe("nodeseal-agent trust", () => {
  it("writes the CAs and the lists of all of them, readable for everybody", async (t) => {
    const { service, once, contents, file, crl } = await validator(t);
    const { exitStatus, stdout } = await once();
    assert.equal(exitStatus, 0);
    assert.match(stdout, /event=trust_updated .*authorities="issuing-g1 root-g1"/);
    const [authorities = "", lists = ""] = contents();
    assert.deepEqual(
      pemsIn(authorities),
      service.authorities.map(({ authority }) => `${authority.pem.trim()}\n`),
    );
    assert.equal(pemsIn(lists).length, 2);
    for (const path of [file, crl]) assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  it("gives a server that reads no lists issuing CAs alone, beside the operator's own", async (t) => {
    const { service, services, base, home, file } = await validator(t);
    const own = await testAuthority("CN=Cluster CA");
    const include = join(home, "own.pem");
    writeFileSync(include, own.pem);
    const flags = ["--once", "--for", "kube-apiserver", "--include", include];
    assert.equal((await runAgent([...base, ...flags], services)).exitStatus, 0);
    const expected = [own, service.authorities[0]?.authority].map((one) => `${one?.pem.trim() ?? ""}\n`);
    assert.deepEqual(pemsIn(readFileSync(file, "utf8")), expected);
  });

  it("touches nothing where nothing has changed, and puts back what somebody changed", async (t) => {
    const { once, contents, file } = await validator(t);
    await once();
    const [inode, before] = [statSync(file).ino, contents()];
    assert.equal((await once()).stdout, "");
    assert.equal(statSync(file).ino, inode);
    writeFileSync(file, before[0]?.slice(0, 400) ?? "");
    await once();
    assert.deepEqual(contents(), before);
  });

  it("runs the hook once for each change, and again after it failed", async (t) => {
    const { service, clock, home, once } = await validator(t);
    const log = join(home, "hook.log");
    const hook = ["--exec", `echo "$NODESEAL_TRUST_FILE $NODESEAL_CRL_FILE" >> ${log}; test -e ${home}/works`];
    const failed = await once(...hook);
    assert.equal(failed.exitStatus, 1);
    assert.match(failed.stderr, /the hook ended with status 1/);
    writeFileSync(join(home, "works"), "");
    for (let round = 0; round < 3; round++) assert.equal((await once(...hook)).exitStatus, 0);
    clock.advance(60);
    await service.publish(clock.now());
    await once(...hook);
    assert.deepEqual(
      readFileSync(log, "utf8").trim().split("\n"),
      Array.from({ length: 3 }, () => `${home}/ca.pem ${home}/crl.pem`),
    );
  });

  it("follows a new issuing CA and a new root, and says which CAs came and went", async (t) => {
    const { service, once, contents, clock } = await validator(t);
    await once();
    const [second, next] = [await testAuthority("CN=Root 2"), await testAuthority("CN=Issuing 2", service.root)];
    service.authorities.push({ id: "issuing-g2", authority: next }, { id: "root-g2", authority: second });
    service.sequence = 2;
    await service.publish(clock.now());
    assert.match((await once()).stdout, /added="CN=Issuing 2 \(sha256:[0-9a-f]{64}\); CN=Root 2 /);
    assert.deepEqual(
      contents().map((text) => pemsIn(text).length),
      [4, 4],
    );
    service.authorities.splice(0, 1);
    service.sequence = 3;
    assert.match((await once()).stdout, /removed="CN=Issuing 1 /);
    assert.deepEqual(
      contents().map((text) => pemsIn(text).length),
      [3, 3],
    );
  });

  it("replaces no file that it has not written", async (t) => {
    const { once, file, crl } = await validator(t);
    const foreign = (await testAuthority("CN=Cluster CA")).pem;
    writeFileSync(file, foreign);
    const { exitStatus, stderr } = await once();
    assert.equal(exitStatus, 1);
    assert.match(stderr, /ca\.pem was not written by nodeseal-agent trust, and is not replaced: move it away/);
    assert.equal(readFileSync(file, "utf8"), foreign);
    assert.equal(existsSync(crl), false);
  });

  it("keeps at it through failures until it is stopped", async (t) => {
    const { service, services, clock, base, file } = await validator(t);
    const signals = new RunSignals();
    service.answers.set("/v1/trust-bundle", problem(503, "signer_busy", "later", { "retry-after": "5" }));
    clock.after(200, () => service.answers.clear());
    clock.after(600, () => signals.stop());
    const { exitStatus, stdout } = await runAgent([...base, "--for", "envoy"], services, signals);
    assert.equal(exitStatus, 0);
    assert.match(stdout, /event=started[^]*event=trust_failed[^]*event=trust_updated[^]*event=stopped/);
    assert.equal(stdout.match(/trust_updated/g)?.length, 1);
    assert.equal(pemsIn(readFileSync(file, "utf8")).length, 2);
  });

  it("believes pinned CAs and what they signed, whatever is answered", async (t) => {
    const { service, once, contents } = await validator(t);
    service.mustHavePinnedBundle = true;
    const pin = ["--ca-cert-hash", caCertHashOf(service.root.certificate)];
    assert.equal((await once(...pin)).exitStatus, 0);
    const before = contents();
    const foreign = await testAuthority("CN=Intruder");
    service.authorities.push({ id: "root-g2", authority: foreign });
    service.sequence = 2;
    const { exitStatus, stdout } = await once(...pin);
    assert.equal(exitStatus, 0);
    assert.match(stdout, /level=warn event=unpinned_ca authority="CN=Intruder \(sha256:/);
    assert.deepEqual(contents(), before);
    assert.equal((await once(...pin, "--ca-cert-hash", caCertHashOf(foreign.certificate))).exitStatus, 0);
    assert.equal(pemsIn(contents()[0] ?? "").length, 3);
    const wrong = await once("--ca-cert-hash", `sha256:${"0".repeat(64)}`);
    assert.match(wrong.stderr, /none of the service's CAs is below a pinned one/);
  });

  it("wants to know whose files, and where", async (t) => {
    const { services, base, crl } = await validator(t);
    for (const [flags, said] of [
      [[], /say whose file it is with --for/],
      [["--for", "NGINX"], /write it like kube-apiserver/],
      [["--for", "kube-apiserver", "--crl", crl], /kube-apiserver reads no revocation lists/],
      [["--for", "nginx", "--include-crl", crl], /--include-crl needs --crl/],
      [["--for", "nginx", "--crl", base[4] ?? ""], /are the same file/],
      [["--for", "nginx", "--interval", "0"], /--interval must be 1s or longer/],
    ] as const) {
      const { exitStatus, stderr } = await runAgent([...base, "--once", ...flags], services);
      assert.equal(exitStatus, 2, stderr);
      assert.match(stderr, said);
    }
    const { stderr } = await runAgent(["trust", "--for", "nginx", "--file", "x", "--once"], services);
    assert.match(stderr, /give the service's address with --url, or in NODESEAL_URL/);
  });
});
