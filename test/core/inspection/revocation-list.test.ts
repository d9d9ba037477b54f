import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityKeyIdentifier, distributionPointName, extension } from "../../../core/certificate/extension.ts";
import { parseDer, type Der, type DerElement } from "../../../core/asn1/der.ts";
import { contextConstructed, encodeDer, sequence, time, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../../core/asn1/distinguished-name.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { inspectCertList, inspectSignedList } from "../../../core/inspection/inspection.ts";
import { REVOCATION_REASONS } from "../../../core/ledger/issuance-record.ts";
import { AUTHORITY_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import {
  buildTbsCertList,
  type RevocationListFields,
  type RevokedEntry,
} from "../../../core/revocation/revocation-list.ts";
import { ECDSA_SHA384, signLocally } from "../../../core/keys/signature-algorithm.ts";
import { hoursFrom, NOW } from "../../support/authorities.ts";
import {
  bitFlips,
  changed,
  flipped,
  isOfType,
  partsOf,
  replaced,
  signedWith,
  unplanned,
  withExplicitDefault,
  withExtensions,
  withTrailingOctets,
} from "../../support/der-mutants.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import {
  assertRefused,
  entries,
  entry,
  fields,
  inspection,
  issuer,
  issuerOf,
  planned,
  SHARD_URL,
} from "../../support/inspected-list.ts";

/** By number, as in RFC 5280 section 5.1.2. */
const VERSION = 0;
const SIGNATURE = 1;
const ISSUER = 2;
const THIS_UPDATE = 3;
const NEXT_UPDATE = 4;
const ENTRIES = 5;
const EXTENSIONS = 6;

const part = (index: number, by: Der) => (): Der => changed(planned, index, () => by);
const inEntry = (index: number, change: (one: Der) => Der) => (): Der =>
  changed(planned, ENTRIES, (all) => changed(all, index, change));
const withReason = indexOf("keyCompromise");
const withoutReason = indexOf("unspecified");
const inReason = (change: (one: DerElement) => readonly Der[]) =>
  inEntry(withReason, (one) =>
    changed(one, 2, (extensions) => sequence(...parseDer(extensions).children.flatMap(change))),
  );

function indexOf(reason: RevokedEntry["reason"]): number {
  return entries.findIndex((one) => one.reason === reason);
}

function reasonCode(code: number): Der {
  return extension(objectIdentifier(OID.reasonCode), false, encodeDer(0x0a, Uint8Array.of(code)));
}

const OF_REASON = `revokedCertificates[${withReason}].crlEntryExtensions`;
const MUTANTS: Readonly<Record<string, readonly [field: string, mutant: () => Der]>> = {
  "version 1": ["version", part(VERSION, unsignedInteger(Uint8Array.of(0)))],
  "no version": ["version", () => sequence(...partsOf(planned).slice(1))],
  "another algorithm": ["signature", part(SIGNATURE, ECDSA_SHA384.algorithmIdentifier)],
  "another issuer": ["issuer", part(ISSUER, encodeDistinguishedName(subjectName(["Nodeseal"], "plan issuing G2")))],
  "an earlier time": ["thisUpdate", part(THIS_UPDATE, time(hoursFrom(NOW, -1)))],
  "a time of another type": ["thisUpdate", part(THIS_UPDATE, encodeDer(0x18, Buffer.from("20300505120000Z")))],
  "a later next update": ["nextUpdate", part(NEXT_UPDATE, time(hoursFrom(NOW, 25)))],
  "no next update": ["nextUpdate", () => replaced(partsOf(planned), NEXT_UPDATE)],
  "an entry less": ["revokedCertificates", () => changed(planned, ENTRIES, (all) => replaced(partsOf(all), 1))],
  "an entry more": ["revokedCertificates", () => changed(planned, ENTRIES, (all) => twice(all))],
  "no entries": ["revokedCertificates", () => replaced(partsOf(planned), ENTRIES)],
  "another order": [
    "revokedCertificates[0].userCertificate",
    () => changed(planned, ENTRIES, (all) => sequence(...partsOf(all).reverse())),
  ],
  "another certificate": [
    "revokedCertificates[1].userCertificate",
    inEntry(1, (one) => changed(one, 0, () => encodeDer(0x02, Uint8Array.of(1, 2, 3)))),
  ],
  "another date": [
    "revokedCertificates[1].revocationDate",
    inEntry(1, (one) => changed(one, 1, () => time(hoursFrom(NOW, -3)))),
  ],
  "a date of another type": [
    "revokedCertificates[1].revocationDate",
    inEntry(1, (one) => changed(one, 1, () => encodeDer(0x18, Buffer.from("20300505100000Z")))),
  ],
  "another reason": [OF_REASON, inReason(() => [reasonCode(4)])],
  "a reason that is none of ours": [OF_REASON, inReason(() => [reasonCode(6)])],
  "no reason": [OF_REASON, inEntry(withReason, (one) => sequence(...partsOf(one).slice(0, 2)))],
  "a reason where there is none": [
    `revokedCertificates[${withoutReason}].crlEntryExtensions`,
    inEntry(withoutReason, (one) => sequence(...partsOf(one), sequence(reasonCode(0)))),
  ],
  "a critical reason": [OF_REASON, inReason((one) => [flipped(one)])],
  "a reason with its default written": [OF_REASON, inReason((one) => [withExplicitDefault(one)])],
  "a reason with octets behind": [OF_REASON, inReason((one) => [withTrailingOctets(one)])],
  "a reason twice": [OF_REASON, inReason(({ encoded }) => [encoded, encoded])],
  "something besides the reason": [
    OF_REASON,
    inReason(({ encoded }) => [
      encoded,
      unplanned("2.5.29.24", false, encodeDer(0x18, Buffer.from("20300505100000Z"))),
    ]),
  ],
  "a fourth part of an entry": [
    "encoding",
    inEntry(1, (one) => sequence(...partsOf(one), sequence(reasonCode(1)), sequence())),
  ],
  "no extensions": ["cRLNumber", () => sequence(...partsOf(planned).slice(0, EXTENSIONS))],
  "an eighth part": ["encoding", () => sequence(...partsOf(planned), contextConstructed(1, sequence()))],
};

function twice(all: Der): Der {
  const [first = new Uint8Array(), ...rest] = partsOf(all);
  return sequence(first, first, ...rest);
}

const inExtensions = (change: (extensions: readonly DerElement[]) => readonly Der[]): Der =>
  changed(planned, EXTENSIONS, (tagged) => withExtensions(tagged, change));

const withOne = (type: string, change: (one: DerElement) => readonly Der[]) => (): Der =>
  inExtensions((all) => all.flatMap((one) => (isOfType(one, type) ? change(one) : [one.encoded])));

const EXTENSION_FIELDS = {
  authorityKeyIdentifier: OID.authorityKeyIdentifier,
  cRLNumber: OID.crlNumber,
  issuingDistributionPoint: OID.issuingDistributionPoint,
} as const;

const OF_ANY: Readonly<Record<string, (one: DerElement) => readonly Der[]>> = {
  "left out": () => [],
  "of another criticality": (one) => [flipped(one)],
  "there twice": ({ encoded }) => [encoded, encoded],
  "followed by octets": (one) => [withTrailingOctets(one)],
};

function distributionPoint(...content: readonly Der[]): Der {
  return extension(objectIdentifier(OID.issuingDistributionPoint), true, sequence(...content));
}

const CONTENT: Readonly<Record<string, readonly [field: keyof typeof EXTENSION_FIELDS, by: Der]>> = {
  "another key's identifier": ["authorityKeyIdentifier", authorityKeyIdentifier(Buffer.alloc(20, 7))],
  "another number": ["cRLNumber", extension(objectIdentifier(OID.crlNumber), false, unsignedInteger(Uint8Array.of(8)))],
  "another address": ["issuingDistributionPoint", distributionPoint(distributionPointName(["http://crl.example/"]))],
  "one address more": [
    "issuingDistributionPoint",
    distributionPoint(distributionPointName([SHARD_URL, "http://b.example/"])),
  ],
  "no address": ["issuingDistributionPoint", distributionPoint()],
  "certificates of CAs only": [
    "issuingDistributionPoint",
    distributionPoint(distributionPointName([SHARD_URL]), encodeDer(0x82, Uint8Array.of(0xff))),
  ],
};

describe("the inspection of a revocation list", () => {
  for (const keySpec of AUTHORITY_KEY_SPECS) {
    it(`passes what is encoded and signed as planned (${keySpec})`, async () => {
      const { spki, privateKey } = newKeyPair(keySpec);
      const by = issuerOf(spki, keySpec);
      const audit = () => assert.fail("nothing is to be told");
      for (const list of [fields, { ...fields, entries: [] }, { ...fields, distributionPoints: [] }]) {
        const tbs = buildTbsCertList(by, list);
        await inspectCertList({ audit }, "issuing-g1", tbs, by, list);
        const { algorithmIdentifier } = by.signatureAlgorithm;
        const der = signedWith(tbs, algorithmIdentifier, signLocally(by.signatureAlgorithm, tbs, privateKey));
        await inspectSignedList({ audit }, "issuing-g1", der, tbs, spki);
      }
    });
  }

  it("passes every reason, times with parts of a second, and the largest number there is", async () => {
    const list: RevocationListFields = {
      ...fields,
      number: Number.MAX_SAFE_INTEGER,
      entries: REVOCATION_REASONS.map((reason) => entry({ reason, revokedAt: new Date(NOW.getTime() + 1) })),
    };
    assert.equal((await inspection(buildTbsCertList(issuer, list), list)).error, undefined);
  });

  it("passes thousands of entries, and finds the one that is wrong", async () => {
    const many = Array.from({ length: 5_000 }, () => entry());
    const list = { ...fields, entries: many };
    assert.equal((await inspection(buildTbsCertList(issuer, list), list)).error, undefined);
    const [first, ...others] = many;
    assert.ok(first !== undefined);
    const other = { ...fields, entries: [{ ...first, reason: "superseded" as const }, ...others] };
    const { error } = await inspection(buildTbsCertList(issuer, other), list);
    assert.ok(error instanceof InspectionError);
    assert.match(
      error.message,
      /revokedCertificates\[\d+\]\.crlEntryExtensions: expected keyCompromise, got superseded/,
    );
  });

  for (const [name, [field, mutant]] of Object.entries(MUTANTS))
    it(`refuses ${name}`, () => assertRefused(mutant(), field));

  for (const [field, type] of Object.entries(EXTENSION_FIELDS))
    for (const [name, change] of Object.entries(OF_ANY))
      it(`refuses ${field} ${name}`, () => assertRefused(withOne(type, change)(), field));

  for (const [name, [field, by]] of Object.entries(CONTENT))
    it(`refuses ${field} with ${name}`, () => assertRefused(withOne(EXTENSION_FIELDS[field], () => [by])(), field));

  it("refuses extensions that nobody planned", async () => {
    for (const type of ["2.5.29.27", "2.5.29.46", "1.3.6.1.4.1.55555.1"])
      for (const isCritical of [true, false])
        await assertRefused(
          inExtensions((all) => [
            ...all.map(({ encoded }) => encoded),
            unplanned(type, isCritical, unsignedInteger(Uint8Array.of(1))),
          ]),
          `extension ${type}`,
        );
  });

  it("refuses a list of its entries that is there and empty", async () => {
    const list = { ...fields, entries: [] };
    const tbs = buildTbsCertList(issuer, list);
    const parts = partsOf(tbs);
    const { error } = await inspection(sequence(...parts.slice(0, ENTRIES), sequence(), ...parts.slice(ENTRIES)), list);
    assert.match(String(error), /revokedCertificates: expected absent, got present/);
  });

  it("reads every octet: no bit can turn unseen", async () => {
    const unseen: number[] = [];
    for (const { octet, der } of bitFlips(planned))
      if (!((await inspection(der)).error instanceof InspectionError)) unseen.push(octet);
    assert.deepEqual(unseen, []);
  });
});
