import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import { rolesAnywhereService } from "../../../adapters/roles-anywhere/roles-anywhere.ts";
import type { Answer, RequestToSign } from "../../../adapters/signed-request.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import type { AuthorityState, TrustBundle } from "../../../core/authority/authority.ts";
import { anchoredAuthorities } from "../../../core/roles-anywhere/anchored-authorities.ts";
import { followAuthorities } from "../../../core/roles-anywhere/follow-authorities.ts";
import { nobodyCertificate } from "../../../core/roles-anywhere/nobody.ts";
import { revocationBench } from "../../support/revocation-bench.ts";
import { startRolesAnywhere, type EmulatedRolesAnywhere } from "../../support/roles-anywhere/service.ts";

const trustAnchorArn =
  "arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/11111111-2222-4333-8444-555555555555";
const NOBODY = encodePem("CERTIFICATE", nobodyCertificate());
const THREE = { generations: { root: 1, issuing: 3 }, validatorWaitSeconds: 0 };

async function plainRequest({ method, url, headers, body }: RequestToSign): Promise<Answer> {
  const answer = await fetch(url, { method, headers, ...(method === "GET" ? {} : { body }) });
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

let emulated: EmulatedRolesAnywhere | undefined;
const open = () => emulated ?? assert.fail();
beforeEach(async () => {
  await emulated?.close();
  emulated = await startRolesAnywhere({ trustAnchorArn, certificatesPem: NOBODY, region: "eu-central-1" });
});
after(() => emulated?.close());

async function benchWithLists() {
  const bench = revocationBench(THREE);
  const pauses: number[] = [];
  const rolesAnywhere = rolesAnywhereService({
    request: plainRequest,
    endpoint: open().url,
    trustAnchorArn,
    pause: (milliseconds) => Promise.resolve(pauses.push(milliseconds)),
  });
  await bench.round();
  const read = async (): Promise<TrustBundle> => (await bench.services.authorities.read()) ?? assert.fail();
  const services = { ...bench.services, rolesAnywhere };
  const follow = async (states: Readonly<Record<string, AuthorityState>> = {}): Promise<number> => {
    const { sequence, authorities } = await read();
    const changed = authorities.map((one) => ({ ...one, state: states[one.id] ?? one.state }));
    return followAuthorities(services, "blue", { sequence, authorities: changed });
  };
  return { ...bench, pauses, read, follow };
}

const names = () =>
  open()
    .anchor.own()
    .map(({ name }) => name)
    .sort();
const anchored = () => open().anchor.certificates.map(({ subject }) => / G(\d)$/.exec(subject)?.[1] ?? "nobody");
const refusal = (bench: { readonly failures: readonly unknown[] }): string => String(bench.failures.at(-1));

describe("anchoredAuthorities", () => {
  for (const [states, expected, leftOut] of [
    [["active", "prepared", "prepared"], "1 2", ""],
    [["retiring", "active", "prepared"], "2 1", ""],
    [["retiring", "retiring", "active"], "3 2", "1"],
    [["retired", "active", "prepared"], "2 3", ""],
    [["retired", "retired", "retired"], "", ""],
    // After `nodeseal ca rollback`.
    [["active", "prepared", "retired"], "1 2", ""],
  ] as const)
    it(`${states.join(", ")}: ${expected}`, async () => {
      const { read, clock } = await benchWithLists();
      const { sequence, authorities } = await read();
      const issuing = authorities.filter(({ role }) => role === "issuing");
      const bundle = {
        sequence,
        authorities: issuing.map((one, index) => ({ ...one, state: states[index] ?? one.state })),
      };
      const found = anchoredAuthorities(bundle, clock.now);
      const numbers = (some: readonly { readonly id: string }[]) => some.map(({ id }) => id.slice(-1)).join(" ");
      assert.deepEqual([numbers(found.anchored), numbers(found.leftOut)], [expected, leftOut]);
      const later = new Date(clock.now.getTime() + 6 * 365 * 24 * 3_600_000);
      assert.deepEqual(anchoredAuthorities(bundle, later).anchored, [], "what has ended is trusted by nobody");
    });
});

describe("followAuthorities", () => {
  it("does nothing where the deployment has no Roles Anywhere", async () => {
    const { services, read } = await benchWithLists();
    assert.equal(await followAuthorities(services, "blue", await read()), 0);
    assert.deepEqual(open().calls, []);
  });

  it("anchors two issuing CAs, imports their lists, tagged, and writes nothing the second time", async () => {
    const bench = await benchWithLists();
    assert.equal(await bench.follow(), 0);
    assert.deepEqual(anchored(), ["1", "2"]);
    assert.deepEqual(names(), ["blue-issuing-g1", "blue-issuing-g2"]);
    assert.deepEqual(open().anchor.own()[0]?.tags, [{ key: "nodeseal:cluster", value: "blue" }]);
    open().calls.length = 0;
    assert.equal(await bench.follow(), 0);
    assert.deepEqual([...new Set(open().calls)], ["GET /trustanchor", "GET /crls"]);
  });

  it("tells each list that was imported", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    const certificate = await bench.issue(24);
    await bench.revoke(certificate);
    await bench.round();
    bench.events.length = 0;
    await bench.follow();
    const { number } = (await bench.published()) ?? assert.fail();
    const told = bench.events.map(({ event, authorityId, listNumber }) => `${event} ${authorityId} ${listNumber}`);
    assert.deepEqual(told, [`roles_anywhere_list_imported issuing-g1 ${number}`]);
  });

  it("takes the place of a list whose CA is gone, for there are two and no more", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    assert.equal(await bench.follow({ "issuing-g1": "retired", "issuing-g2": "active" }), 0);
    assert.deepEqual(
      [anchored(), names()],
      [
        ["2", "3"],
        ["blue-issuing-g2", "blue-issuing-g3"],
      ],
    );
  });

  it("keeps the list of a CA that the anchor could not be made to forget", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    const { anchor } = open();
    anchor.replace = () => {
      throw new Error("no");
    };
    assert.ok((await bench.follow({ "issuing-g1": "retired", "issuing-g2": "active" })) > 0);
    assert.deepEqual(names(), ["blue-issuing-g1", "blue-issuing-g2"]);
  });

  it("trusts nobody where no CA is trusted", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    const none = { "issuing-g1": "retired", "issuing-g2": "retired", "issuing-g3": "retired" } as const;
    assert.equal(await bench.follow(none), 0);
    assert.deepEqual(anchored(), ["nobody"]);
  });

  it("says which CA has no place, and goes on with the others", async () => {
    const bench = await benchWithLists();
    const three = { "issuing-g1": "retiring", "issuing-g2": "retiring", "issuing-g3": "active" } as const;
    assert.equal(await bench.follow(three), 1);
    assert.deepEqual(anchored(), ["3", "2"]);
    assert.match(refusal(bench), /issuing-g1 has no place in the trust anchor, which takes two CAs: retire it/);
  });

  it("leaves lists of other anchors and strangers alone, however many pages there are", async () => {
    const bench = await benchWithLists();
    const foreign = { enabled: true, tags: [], crlData: "", trustAnchorArn: trustAnchorArn.replace("1111-", "9999-") };
    for (let index = 0; index < 5; index++)
      open().anchor.lists.push({ ...foreign, crlId: String(index), name: "blue-issuing-g1" });
    assert.equal(await bench.follow(), 0);
    assert.equal(await bench.follow(), 0);
    assert.deepEqual(names(), ["blue-issuing-g1", "blue-issuing-g2"]);
    assert.ok(
      open()
        .anchor.lists.slice(0, 5)
        .every(({ crlData }) => crlData === ""),
    );
  });

  it("says that somebody has disabled a list, and goes on keeping it up to date", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    const [list = assert.fail()] = open().anchor.own();
    list.enabled = false;
    assert.equal(await bench.follow(), 1);
    assert.match(refusal(bench), /somebody has disabled the revocation list/);
    await bench.revoke(await bench.issue(24));
    await bench.round();
    const before = list.crlData;
    assert.equal(await bench.follow(), 1);
    assert.notEqual(list.crlData, before);
  });

  it("imports no list that is longer than Roles Anywhere takes, keeps the last, and says what to do", async () => {
    const bench = await benchWithLists();
    await bench.follow();
    const before = open()
      .anchor.own()
      .map(({ crlData }) => crlData);
    const { lists } = bench.services;
    const fetched = lists.fetch.bind(lists);
    lists.fetch = async (list, published) =>
      list.authorityId === "issuing-g1" ? new Uint8Array(221_600) : fetched(list, published);
    assert.equal(await bench.follow(), 1);
    assert.match(
      refusal(bench),
      /has 300\d{3} octets in PEM, Roles Anywhere takes 300000; the last one that fitted stays/,
    );
    assert.deepEqual(
      open()
        .anchor.own()
        .map(({ crlData }) => crlData),
      before,
    );
    assert.ok(
      bench.events.some(({ event, authorityId }) => event === "roles_anywhere_failed" && authorityId === "issuing-g1"),
    );
  });

  it("waits a second or more where it is throttled, and gives up in the end", async () => {
    const bench = await benchWithLists();
    open().throttled = 3;
    assert.equal(await bench.follow(), 0);
    assert.ok(bench.pauses.length === 3 && bench.pauses.every((milliseconds) => milliseconds > 1000));
    open().throttled = 1000;
    assert.ok((await bench.follow()) > 0);
    assert.match(refusal(bench), /429 ThrottlingException \(Rate exceeded\)/);
  });
});
