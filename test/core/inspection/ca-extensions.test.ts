import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  authorityKeyIdentifier,
  caConstraints,
  crlDistributionPoints,
  END_ENTITY_CONSTRAINTS,
  extendedKeyUsage,
  extension,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from "../../../core/certificate/extension.ts";
import { type Der, type DerElement } from "../../../core/asn1/der.ts";
import { boolean, encodeDer, sequence, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import {
  changed,
  flipped,
  isOfType,
  partsOf,
  unplanned,
  withExplicitDefault,
  withExtensions,
  withTrailingOctets,
} from "../../support/der-mutants.ts";
import { assertRefused, inspection, planned, root, signed } from "../../support/inspected-ca.ts";

/** The eighth part of a TBSCertificate. */
const EXTENSIONS = 7;

const EXTENSION_FIELDS = {
  keyUsage: OID.keyUsage,
  basicConstraints: OID.basicConstraints,
  subjectKeyIdentifier: OID.subjectKeyIdentifier,
  authorityKeyIdentifier: OID.authorityKeyIdentifier,
} as const;

/** What may become of any extension. */
const OF_ANY: Readonly<Record<string, (one: DerElement) => readonly Der[]>> = {
  "left out": () => [],
  "of another criticality": (one) => [flipped(one)],
  "there twice": ({ encoded }) => [encoded, encoded],
  "followed by octets": (one) => [withTrailingOctets(one)],
  empty: ({ children }) => [sequence(...children.slice(0, -1).map(({ encoded }) => encoded), encodeDer(0x04))],
};

/** What an encoder could get wrong in one of them. */
const IN_PLACE: Readonly<Record<string, readonly [keyof typeof EXTENSION_FIELDS, Der | ((one: DerElement) => Der)]>> = {
  "no cRLSign": ["keyUsage", keyUsage(["keyCertSign"])],
  "no keyCertSign": ["keyUsage", keyUsage(["cRLSign"])],
  "one usage more": ["keyUsage", keyUsage(["digitalSignature", "keyCertSign", "cRLSign"])],
  "no usage": ["keyUsage", keyUsage([])],
  "unused bits that are written": [
    "keyUsage",
    extension(objectIdentifier(OID.keyUsage), true, encodeDer(0x03, Uint8Array.of(0, 6))),
  ],
  "no CA": ["basicConstraints", END_ENTITY_CONSTRAINTS],
  "cA FALSE with a path length": [
    "basicConstraints",
    extension(
      objectIdentifier(OID.basicConstraints),
      true,
      sequence(boolean(false), unsignedInteger(Uint8Array.of(0))),
    ),
  ],
  "a longer path": ["basicConstraints", caConstraints(1)],
  "no path length": [
    "basicConstraints",
    extension(objectIdentifier(OID.basicConstraints), true, sequence(boolean(true))),
  ],
  "another key's identifier": ["subjectKeyIdentifier", subjectKeyIdentifier(Buffer.alloc(20, 7))],
  "a longer identifier": ["subjectKeyIdentifier", subjectKeyIdentifier(Buffer.alloc(32, 7))],
  "criticality written though default": ["subjectKeyIdentifier", withExplicitDefault],
  "another CA's identifier": ["authorityKeyIdentifier", authorityKeyIdentifier(Buffer.alloc(20, 7))],
  "the issuer's serial number besides": [
    "authorityKeyIdentifier",
    extension(
      objectIdentifier(OID.authorityKeyIdentifier),
      false,
      sequence(encodeDer(0x80, Buffer.from(root.subjectKeyId)), encodeDer(0x82, Uint8Array.of(1))),
    ),
  ],
};

const UNPLANNED: Readonly<Record<string, readonly [field: string, extension: Der]>> = {
  "extended key usages": ["extendedKeyUsage", extendedKeyUsage([OID.clientAuth])],
  "an alternative name": ["extension 2.5.29.17", subjectAltName(["ca.example"], [], false)],
  "an address of a list": ["cRLDistributionPoints", crlDistributionPoints("http://crl.example/")],
  "name constraints": ["nameConstraints", unplanned(OID.nameConstraints, true, sequence())],
  "a policy": [
    "extension 2.5.29.32",
    unplanned("2.5.29.32", false, sequence(sequence(objectIdentifier("2.5.29.32.0")))),
  ],
  "something of its own": ["extension 1.3.6.1.4.1.55555.1", unplanned("1.3.6.1.4.1.55555.1", false, sequence())],
  "something critical of its own": [
    "extension 1.3.6.1.4.1.55555.1",
    unplanned("1.3.6.1.4.1.55555.1", true, sequence()),
  ],
};

const inExtensions = (change: (extensions: readonly DerElement[]) => readonly Der[]): Der =>
  changed(planned, EXTENSIONS, (tagged) => withExtensions(tagged, change));

const withOne = (type: string, change: (one: DerElement) => readonly Der[]): Der =>
  inExtensions((all) => all.flatMap((one) => (isOfType(one, type) ? change(one) : [one.encoded])));

describe("the inspection of a CA certificate's extensions", () => {
  for (const [field, type] of Object.entries(EXTENSION_FIELDS))
    for (const [name, change] of Object.entries(OF_ANY))
      it(`refuses ${field} ${name}`, async () => {
        const { error } = await inspection(signed(withOne(type, change)));
        assert.ok(error instanceof InspectionError);
        // An empty value is none that it can read.
        assert.match(error.message, name === "empty" ? /expected/ : new RegExp(`${field}: expected `));
      });

  for (const [name, [field, mutant]] of Object.entries(IN_PLACE))
    it(`refuses ${field} with ${name}`, () => {
      const change = (one: DerElement): readonly Der[] => [typeof mutant === "function" ? mutant(one) : mutant];
      return assertRefused(
        signed(withOne(EXTENSION_FIELDS[field], change)),
        name.startsWith("criticality") ? "encoding" : field,
      );
    });

  for (const [name, [field, more]] of Object.entries(UNPLANNED))
    it(`refuses ${name}`, () =>
      assertRefused(signed(inExtensions((all) => [...all.map(({ encoded }) => encoded), more])), field));

  it("refuses a certificate without extensions", () =>
    assertRefused(signed(sequence(...partsOf(planned).slice(0, EXTENSIONS))), "basicConstraints"));
});
