import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDer, type Der, type DerElement } from "../../../core/asn1/der.ts";
import { parseCertificate, publicKeyOf } from "../../../core/certificate/certificate.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { ECDSA_SHA256, isValidSignature } from "../../../core/keys/signature-algorithm.ts";
import { certIdFor, ocspBench, ocspRequestFor } from "../../support/ocsp-bench.ts";

const NEVER_ISSUED = "7".repeat(32);
const MINUTE_HOURS = 1 / 60;

/** What an answer says, read by its structure (RFC 6960 section 4.2.1): `good`, `revoked 1`, or the failure's number. */
function statusesIn(der: Der): readonly string[] {
  const [status, bytes] = parseDer(der).children;
  if (bytes === undefined) return [`failure ${status?.content[0]}`];
  const responses = responseDataIn(der).children[2]?.children ?? [];
  return responses.map(({ children }) => nameOf(children[1]));
}

function nameOf(status: DerElement | undefined): string {
  if (status?.tag === 0x80) return "good";
  if (status?.tag === 0x82) return "unknown";
  const reason = status?.children[1]?.children[0]?.content[0];
  return `revoked ${reason ?? "unspecified"}`;
}

function basicIn(der: Der): DerElement {
  const octets = parseDer(der).children[1]?.children[0]?.children[1]?.content;
  if (octets === undefined) throw new Error("there is no answer in it");
  return parseDer(octets);
}

function responseDataIn(der: Der): DerElement {
  return basicIn(der).children[0] ?? assert.fail("there is no response data");
}

describe("an OCSP responder", () => {
  it("says good, and revoked with its reason, also of what was revoked since the last list", async () => {
    const bench = await ocspBench();
    const [listed, fresh, standing] = [await bench.issue(100), await bench.issue(100), await bench.issue(100)];
    await bench.revoke(listed, "keyCompromise");
    await bench.round();
    await bench.revoke(fresh, "cessationOfOperation");
    const issuer = await bench.issuer();
    const ids = [listed, fresh, standing].map(({ serialNumber }) => certIdFor(issuer, serialNumber));
    const { der } = await bench.respond(ocspRequestFor(ids));
    assert.deepEqual(statusesIn(der), ["revoked 1", "revoked 5", "good"]);
  });

  it("tells of a revocation within half a minute, however many asked before", async () => {
    const bench = await ocspBench();
    const certificate = await bench.issue(100);
    const request = ocspRequestFor([certIdFor(await bench.issuer(), certificate.serialNumber)]);
    assert.deepEqual(statusesIn((await bench.respond(request)).der), ["good"]);
    await bench.revoke(certificate);
    bench.advance(MINUTE_HOURS / 2);
    assert.deepEqual(statusesIn((await bench.respond(request)).der), ["revoked 1"]);
  });

  it("signs with a key that the CA certified for that alone, and repeats a nonce", async () => {
    const bench = await ocspBench();
    const issuer = await bench.issuer();
    const nonce = Buffer.from("an unforeseen one");
    const { der, cacheableUntil } = await bench.respond(ocspRequestFor([certIdFor(issuer, NEVER_ISSUED)], nonce));
    assert.equal(cacheableUntil, undefined);
    assert.ok(Buffer.from(responseDataIn(der).encoded).includes(nonce));
    const [data, , signature, certificates] = basicIn(der).children;
    const certificate = parseCertificate(certificates?.children[0]?.children[0]?.encoded ?? new Uint8Array());
    assert.deepEqual(certificate.issuerName, issuer.subjectName);
    assert.ok(
      isValidSignature(
        ECDSA_SHA256,
        data?.encoded ?? new Uint8Array(),
        publicKeyOf(certificate),
        signature?.content.subarray(1) ?? new Uint8Array(),
      ),
    );
    const record = bench.records.get(certificate.serialNumber);
    assert.deepEqual(record?.certificate, certificate.der);
  });

  it("asks the CA's key once, after it was recorded what will be signed, however many ask at once", async () => {
    const bench = await ocspBench();
    const request = ocspRequestFor([certIdFor(await bench.issuer(), NEVER_ISSUED)]);
    await Promise.all(Array.from({ length: 50 }, () => bench.respond(request)));
    bench.advance(20);
    await bench.round();
    await bench.respond(request);
    assert.deepEqual(bench.steps, ["reserve", "sign", "complete"]);
    bench.advance(3);
    await bench.round();
    await bench.respond(request);
    assert.equal(bench.steps.length, 6, "before its certificate has ended there is another");
    const told = bench.events.map(({ event }) => event).filter((event) => event.startsWith("ocsp_"));
    assert.deepEqual(told.slice(0, 2), ["ocsp_responder_reserved", "ocsp_responder_certified"]);
  });

  it("lets no question reach the key while it is busy, and comes back by itself", async () => {
    const bench = await ocspBench();
    const { sign } = bench.signer;
    bench.signer.sign = () => Promise.reject(new RefusalError("signer_busy", "busy", { retryAfterSeconds: 1 }));
    const request = ocspRequestFor([certIdFor(await bench.issuer(), NEVER_ISSUED)]);
    for (let times = 0; times < 5; times++)
      assert.deepEqual(statusesIn((await bench.respond(request)).der), ["failure 3"]);
    assert.deepEqual(bench.steps, ["reserve", "sign"]);
    bench.signer.sign = sign;
    bench.advance(MINUTE_HOURS);
    assert.deepEqual(statusesIn((await bench.respond(request)).der), ["good"]);
  });

  it("answers of two CAs at a time for one, and says nothing of another's or a retired CA's", async () => {
    const bench = await ocspBench();
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    await bench.round();
    const [first, second, root] = [
      await bench.issuer(),
      await bench.issuer("issuing-g2"),
      await bench.issuer("root-g1"),
    ];
    const both = ocspRequestFor([certIdFor(first, NEVER_ISSUED), certIdFor(second, NEVER_ISSUED)]);
    assert.deepEqual(statusesIn((await bench.respond(both)).der), ["good", "unknown"]);
    const ofRoot = ocspRequestFor([certIdFor(root, NEVER_ISSUED)]);
    assert.deepEqual(statusesIn((await bench.respond(ofRoot)).der), ["failure 6"]);
    await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: true });
    await bench.round();
    await bench.ask({ act: "retire", authorityId: "issuing-g1", isForced: true });
    await bench.round();
    const ofRetired = ocspRequestFor([certIdFor(first, NEVER_ISSUED)]);
    assert.deepEqual(statusesIn((await bench.respond(ofRetired)).der), ["failure 6"]);
  });

  it("takes SHA-256 as well, and knows that a number of another form is none of ours", async () => {
    const bench = await ocspBench();
    const issuer = await bench.issuer();
    const ids = [certIdFor(issuer, NEVER_ISSUED, { hash: "sha256" }), certIdFor(issuer, "05")];
    assert.deepEqual(statusesIn((await bench.respond(ocspRequestFor(ids))).der), ["good", "unknown"]);
  });

  it("does not speak from a list that has ended", async () => {
    const bench = await ocspBench();
    const request = ocspRequestFor([certIdFor(await bench.issuer(), NEVER_ISSUED)]);
    bench.advance(25);
    assert.deepEqual(statusesIn((await bench.respond(request)).der), ["failure 3"]);
  });

  it("calls malformed what is no question, and says so without a signature", async () => {
    const bench = await ocspBench();
    const id = certIdFor(await bench.issuer(), NEVER_ISSUED);
    const good = ocspRequestFor([id]);
    const wrong: readonly Uint8Array[] = [
      new Uint8Array(),
      Buffer.from("hello"),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      ocspRequestFor([]),
      ocspRequestFor(Array.from({ length: 21 }, () => id)),
      ocspRequestFor([id], new Uint8Array()),
      ocspRequestFor([id], new Uint8Array(129)),
    ];
    for (const request of wrong) assert.deepEqual(statusesIn((await bench.respond(request)).der), ["failure 1"]);
    assert.deepEqual(bench.steps, []);
    assert.deepEqual(bench.failures, []);
    // Every single octet of a good one changed: an answer or a failure, never an error of ours.
    for (let at = 0; at < good.length; at++) {
      const mutant = Uint8Array.from(good);
      mutant[at] = (mutant[at] ?? 0) ^ 0x55;
      await bench.respond(mutant);
    }
    assert.deepEqual(bench.failures, []);
  });
});
