import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { currentCertificate, currentPath } from "./support/joined-node.ts";
import { isMissing, SHELLS, shellMachine } from "./support/shell-machine.ts";

const DAY_MS = 86_400_000;
/** The script goes by the service's clock: that is moved, not the machine's. */
const in400Days = (): Date => new Date(Date.now() + 400 * DAY_MS);

for (const candidate of SHELLS) {
  describe(
    `nodeseal-join.sh renew in ${candidate.name}, after 400 days`,
    { skip: isMissing(candidate) ? `${candidate.name} is not here` : false },
    () => {
      it("comes back by itself where the service lets it", async (t) => {
        const { service, directory, join, renew } = await shellMachine(t, candidate.shell);
        await join();
        service.clock = in400Days;
        service.recovers = true;
        const { exitStatus, stdout, stderr } = await renew();
        assert.equal(exitStatus, 0, stderr);
        assert.match(stdout, /^recovered system:node:n1$/m);
        assert.match(stderr, /^the certificate has expired: asking the service to let n1 recover$/m);
        assert.ok(new Date(currentCertificate(directory).validTo) > in400Days());
      });

      it("says 3, and what helps, where it does not; and the old pair stays", async (t) => {
        const { service, directory, join, renew } = await shellMachine(t, candidate.shell);
        await join();
        const before = readFileSync(currentPath(directory), "utf8");
        service.clock = in400Days;
        const refused = await renew();
        assert.equal(refused.exitStatus, 3);
        assert.match(
          refused.stderr,
          /it is too late \(.*; the certificate has expired: .*allow-recovery n1, or join again/,
        );
        const foreign = { status: 401, code: "invalid_proof", detail: "its CA is not in use any more" };
        // A proof that is refused is made again where the clock was found to differ: on a busy machine it may be.
        service.fail("renew", foreign, foreign);
        const unknown = await renew();
        service.faults.clear();
        assert.equal(unknown.exitStatus, 3);
        assert.match(unknown.stderr, /not in use any more; .* can run: nodeseal node allow-recovery n1, or join again/);
        assert.equal(readFileSync(currentPath(directory), "utf8"), before);
        service.recovers = true;
        assert.equal((await renew()).exitStatus, 0);
        assert.equal(service.tokenUses.size, 1);
      });
    },
  );
}
