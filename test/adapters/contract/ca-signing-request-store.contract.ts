import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuthorityRequestStore } from "../../../core/authority/external/ca-signing-request.ts";

const [info, other] = [Buffer.from("request info"), Buffer.from("another")];
const [csr, second] = [Buffer.from("csr"), Buffer.from("second csr")];

const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString();

/** Every sentence of `AuthorityRequestStore` as a test. `create` gives an empty store. */
export function authorityRequestStoreContract(create: () => Promise<AuthorityRequestStore>): void {
  const plain = (request: Awaited<ReturnType<AuthorityRequestStore["read"]>>) =>
    request && [request.authorityId, textOf(request.requestInfo), request.csr && textOf(request.csr)];

  describe("AuthorityRequestStore", () => {
    it("has no request at first", async () => {
      assert.equal(await (await create()).read("issuing-g1"), undefined);
    });

    it("keeps what was recorded first, for each CA", async () => {
      const store = await create();
      assert.deepEqual(plain(await store.reserve("issuing-g1", info)), ["issuing-g1", "request info", undefined]);
      assert.deepEqual(plain(await store.reserve("issuing-g1", other)), ["issuing-g1", "request info", undefined]);
      assert.deepEqual(plain(await store.reserve("issuing-g2", other)), ["issuing-g2", "another", undefined]);
      assert.deepEqual(plain(await store.read("issuing-g1")), ["issuing-g1", "request info", undefined]);
    });

    it("keeps the first signed request, and does not lose it to another reservation", async () => {
      const store = await create();
      await store.reserve("issuing-g1", info);
      const signed = ["issuing-g1", "request info", "csr"];
      assert.deepEqual(plain(await store.complete("issuing-g1", info, csr)), signed);
      assert.deepEqual(plain(await store.complete("issuing-g1", info, second)), signed);
      assert.deepEqual(plain(await store.reserve("issuing-g1", other)), signed);
      assert.deepEqual(plain(await store.read("issuing-g1")), signed);
    });
  });
}
