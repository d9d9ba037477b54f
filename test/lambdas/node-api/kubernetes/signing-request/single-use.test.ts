import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { memoryIssuanceLedger } from "../../../../../adapters/memory/issuance-ledger.ts";
import type { IssuanceLedger } from "../../../../../core/ledger/issuance-ledger.ts";
import type { ObjectLedger } from "../../../../../core/ledger/object-ledger.ts";
import type { BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { decideRequest } from "../../../../../core/signing-request/decide.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

/** A ledger that can be emptied, as its time to live does. */
function forgetfulLedger() {
  const current = { ledger: memoryIssuanceLedger() };
  const ledger = new Proxy(current.ledger, {
    get: (_, member) => Reflect.get(current.ledger, member) as unknown,
  });
  return { ledger, forget: () => (current.ledger = memoryIssuanceLedger()) };
}

describe("a token for one machine, at Kubernetes' API", () => {
  const { ledger, forget }: { ledger: IssuanceLedger & ObjectLedger; forget: () => unknown } = forgetfulLedger();
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService({ ledger });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const create = (token: BootstrapToken, name: string, nodeName: string) =>
    send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ name, nodeName }) });
  const get = (token: BootstrapToken, name: string) => send(service, "GET", `${REQUESTS_PATH}/${name}`, { as: token });
  const usesOf = async (token: BootstrapToken) => (await service.tokens.read(token.id))?.usedBy.size;
  const approve = (name: string) =>
    decideRequest(service.services, name, { outcome: "Approved", by: "ada", reason: "Asked", message: "" });

  it("gives a kubelet that was started again while it waited its certificate", async () => {
    const token = await service.newToken({ groups: [], maxUses: 1 });
    for (const name of ["csr-late-1", "csr-late-2"]) assert.equal((await create(token, name, "late-1")).status, 201);
    const stale = await get(token, "csr-late-1");
    assert.match(textOf(stale.json["status"]?.["conditions"]?.["0"]?.["reason"]), /RequestVoided/);
    await approve("csr-late-2");
    assert.notEqual(certificatePemIn(await get(token, "csr-late-2")), "");
    const third = await create(token, "csr-late-3", "late-1");
    assert.equal(third.status, 403);
    assert.match(third.text, /has been used as often as it allows/);
    assert.equal(await usesOf(token), 1);
  });

  it("gets its use back when its request is deleted before it was signed, and not after", async () => {
    const token = await service.newToken({ groups: [], maxUses: 1 });
    const remove = (name: string) =>
      send(service, "DELETE", `${REQUESTS_PATH}/${name}`, { as: service.administratorToken });
    await create(token, "deleted-1", "deleted-1");
    assert.equal((await remove("deleted-1")).status, 200);
    assert.equal(await usesOf(token), 0);
    assert.equal((await create(token, "deleted-2", "deleted-2")).status, 201);
    await approve("deleted-2");
    const certificate = certificatePemIn(await get(token, "deleted-2"));
    assert.notEqual(certificate, "");
    assert.equal((await remove("deleted-2")).status, 200);
    assert.equal(await usesOf(token), 1);
    assert.equal((await ledger.read("deleted-2"))?.voidedAt, undefined, "its certificate stands");
    assert.equal((await create(token, "deleted-3", "deleted-3")).status, 403);
  });

  it("certifies one key for ever, also when its object has left the ledger and its name is given again", async () => {
    const token = await service.newToken({ maxUses: 1 });
    assert.notEqual(certificatePemIn(await create(token, "foo", "reuse-1")), "");
    forget();
    for (const name of ["foo", "bar"]) assert.equal((await create(token, name, "reuse-2")).status, 403);
    assert.equal(await usesOf(token), 1);
  });

  it("goes on with what an earlier version counted by the object's name, and certifies no second key by that name", async () => {
    const token = await service.newToken({ groups: [], maxUses: 2 });
    await create(token, "earlier", "earlier-1");
    const stored = await service.tokens.read(token.id);
    assert.ok(stored);
    const [useName = ""] = stored.usedBy;
    await service.tokens.giveBack(token.id, useName, stored.waiting ?? []);
    const now = new Date();
    for (const counted of ["earlier", "another"]) await service.tokens.consume(token.id, counted, now);
    await approve("earlier");
    assert.notEqual(certificatePemIn(await get(token, "earlier")), "");
    forget();
    assert.equal((await create(token, "earlier", "earlier-2")).status, 403);
  });
});
