import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { authorityItem, KUBELET_SIGNER, nodeItem } from "./support/canned-items.ts";
import { environmentOf, runCli } from "./support/cli.ts";

const agent = (nodeName: string, trustBundleSequence: number | null, more = {}) =>
  nodeItem({ nodeName, trustBundleSequence, agentVersion: "1.0.0", signerName: KUBELET_SIGNER, ...more });
const kubelet = (nodeName: string, more = {}) => agent(nodeName, null, { agentVersion: null, ...more });

describe("nodeseal ca show", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const shown = async (pages: readonly (readonly object[])[], ...args: string[]): Promise<string> => {
    server.respond(({ path, query }) => {
      if (path === "/v1/admin/authorities") return { body: { sequence: 5, items: [authorityItem()] } };
      const page = Number(query["cursor"] ?? "0");
      return { body: { items: pages[page], ...(page + 1 < pages.length ? { cursor: String(page + 1) } : {}) } };
    });
    const { stdout, stderr, status } = await runCli(["ca", "show", ...args], environmentOf(server));
    assert.equal(status, 0, stderr);
    return stdout;
  };

  it("says how many have the trust bundle, who has not, and who cannot say, with what to do", async () => {
    const text = await shown([
      [agent("a", 5), agent("b", 6), agent("c", 4)],
      [agent("d", null), kubelet("k1"), kubelet("k2")],
    ]);
    assert.match(text, /^trust bundle 5: 2 of 4 agents have it$/m);
    assert.match(text, /^ {2}not yet: c \(holds 4\), d \(never said\)$/m);
    assert.match(text, /^ {2}cannot say: k1, k2$/m);
    assert.match(text, /nodeseal ca activate ID --force/);
  });

  it("counts nobody whose certificate is over, and no certificate that nobody tells of", async () => {
    const others = ["Revoked", "Expired", "Released", "Joining"].map((state) => agent(state, 1, { state }));
    const serving = kubelet("serving", { signerName: "kubernetes.io/kubelet-serving" });
    assert.doesNotMatch(await shown([[agent("a", 5), ...others, serving]]), /trust bundle/);
  });

  it("names twenty at most", async () => {
    const many = Array.from({ length: 25 }, (_, index) => agent(`n${index}`, 1));
    assert.match(
      await shown([many]),
      /0 of 25 agents have it\n {2}not yet: n0 \(holds 1\), .*n19 \(holds 1\) and 5 more$/m,
    );
  });

  it("asks for no nodes where a program reads the answer, or of one CA", async () => {
    for (const args of [["-o", "json"], ["issuing-g1"]]) {
      server.requests.length = 0;
      await shown([[agent("a", 1)]], ...args);
      assert.deepEqual(
        server.requests.map(({ path }) => path),
        ["/v1/admin/authorities"],
      );
    }
  });

  it("shows the CAs all the same to who may not see nodes", async () => {
    server.respond(({ path }) =>
      path === "/v1/admin/authorities"
        ? { body: { sequence: 5, items: [authorityItem()] } }
        : { status: 403, body: { message: "Forbidden" } },
    );
    const { stdout, status } = await runCli(["ca", "show"], environmentOf(server));
    assert.equal(status, 0);
    assert.match(stdout, /^issuing-g1\t/m);
  });
});
