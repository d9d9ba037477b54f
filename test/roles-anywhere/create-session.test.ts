import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { encodePem } from "../../core/asn1/pem.ts";
import type { Der } from "../../core/asn1/der.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import { buildCaTbs, caExtensions, selfIssuer, type CaFields } from "../../core/certificate/ca-certificate.ts";
import { END_ENTITY_CONSTRAINTS, keyUsage } from "../../core/certificate/extension.ts";
import { randomSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import { assembleCertificate, buildTbsCertificate } from "../../core/certificate/tbs-certificate.ts";
import { buildTbsCertList } from "../../core/revocation/revocation-list.ts";
import { issuerOf } from "../../core/authority/authority.ts";
import { ECDSA_SHA256, signLocally } from "../../core/keys/signature-algorithm.ts";
import { newKeyPair, type KeyPair } from "../support/key-pairs.ts";
import type { AssumableRole } from "../support/roles-anywhere/create-session.ts";
import { startRolesAnywhere, type EmulatedRolesAnywhere } from "../support/roles-anywhere/service.ts";
import { askForSession, type SessionRequest, type Turned } from "../support/roles-anywhere/x509-signed-request.ts";

/*
 * What stands in for AWS is judged itself: each of its checks has a request that is right in everything else. A check
 * that is taken out of test/support/roles-anywhere/ fails here.
 */

const NOW = new Date("2026-06-01T12:00:00Z");
const YEAR_MS = 365 * 24 * 3_600_000;
const region = "eu-central-1";
const trustAnchorArn =
  "arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/11111111-2222-4333-8444-555555555555";
const roleArn = "arn:aws:iam::111122223333:role/edge";
const profileArn = "arn:aws:rolesanywhere:eu-central-1:111122223333:profile/66666666-7777-4888-8999-000000000000";

interface Ca {
  readonly fields: CaFields;
  readonly keyPair: KeyPair;
  readonly der: Der;
}

const valid = (from: number, to: number) => ({
  notBefore: new Date(NOW.getTime() + from * YEAR_MS),
  notAfter: new Date(NOW.getTime() + to * YEAR_MS),
});

function ca(commonName: string, validity = valid(-1, 1)): Ca {
  const keyPair = newKeyPair("P-256");
  const subject = subjectName(["Nodeseal"], commonName);
  const fields = { serialNumber: randomSerialNumber(), validity, subject, spki: keyPair.spki, pathLength: 0 };
  return { fields, keyPair, der: signed(buildCaTbs(selfIssuer(fields, ECDSA_SHA256), fields), keyPair.privateKey) };
}

function signed(tbs: Der, key: KeyObject): Der {
  return assembleCertificate(tbs, ECDSA_SHA256, signLocally(ECDSA_SHA256, tbs, key));
}

interface Leaf {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
  readonly serialNumber: SerialNumber;
}

function leaf(
  issuer: Ca,
  changes: {
    commonName?: string;
    validity?: CaFields["validity"];
    extensions?: Der[];
    serialNumber?: SerialNumber;
  } = {},
): Leaf {
  const keyPair = newKeyPair("P-256");
  const serialNumber = changes.serialNumber ?? randomSerialNumber();
  const tbs = buildTbsCertificate(selfIssuer(issuer.fields, ECDSA_SHA256), {
    serialNumber,
    validity: changes.validity ?? valid(-0.1, 0.1),
    subjectName: encodeDistinguishedName(subjectName([], changes.commonName ?? "edge-1")),
    spki: keyPair.spki,
    extensions: changes.extensions ?? [keyUsage(["digitalSignature"]), END_ENTITY_CONSTRAINTS],
  });
  const certificatePem = encodePem("CERTIFICATE", signed(tbs, issuer.keyPair.privateKey));
  return { certificatePem, privateKey: keyPair.privateKey, serialNumber };
}

/** A list of an issuer that says that these are revoked. */
function listOf(issuer: Ca, serialNumbers: readonly SerialNumber[]): string {
  const entries = serialNumbers.map((serialNumber) => ({
    serialNumber,
    notAfter: new Date(NOW.getTime() + YEAR_MS),
    revokedAt: NOW,
    reason: "keyCompromise" as const,
  }));
  const nextUpdate = new Date(NOW.getTime() + 86_400_000);
  const tbs = buildTbsCertList(issuerOf({ id: "issuing-g1", certificate: issuer.der, keyArn: "" }), {
    ...{ number: 1, thisUpdate: NOW, nextUpdate, entries, distributionPoints: [] },
  });
  return encodePem("X509 CRL", signed(tbs, issuer.keyPair.privateKey));
}

const allow = (Action: string | string[], Condition: object) => ({
  Effect: "Allow",
  Principal: { Service: "rolesanywhere.amazonaws.com" },
  Action,
  Condition,
});
const named = { StringLike: { "aws:PrincipalTag/x509Subject/CN": ["edge-*"] } };
const role: AssumableRole = {
  roleArn,
  profileArn,
  acceptRoleSessionName: true,
  assumeRolePolicyDocument: {
    Statement: [
      allow("sts:AssumeRole", {
        ...named,
        ArnEquals: { "aws:SourceArn": trustAnchorArn },
        StringEquals: { "sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}" },
      }),
      allow(["sts:TagSession", "sts:SetSourceIdentity"], named),
    ],
  },
};

describe("the emulated CreateSession", () => {
  const [issuing, other, stranger, ended] = [ca("issuing"), ca("other"), ca("issuing"), ca("ended", valid(-3, -1))];
  const pemOf = (...cas: readonly Ca[]) => cas.map(({ der }) => encodePem("CERTIFICATE", der)).join("");
  let aws: EmulatedRolesAnywhere;
  before(async () => {
    const certificatesPem = pemOf(issuing, other);
    aws = await startRolesAnywhere({ trustAnchorArn, certificatesPem, region, role, clock: () => NOW });
  });
  after(() => aws.close());

  const ask = async (one: Leaf, changes: Partial<SessionRequest> = {}, turned: Turned = {}) => {
    const { certificatePem, privateKey } = one;
    const request = { certificatePem, privateKey, trustAnchorArn, profileArn, roleArn, region, at: NOW };
    const { status, message } = await askForSession(
      aws.url,
      { ...request, roleSessionName: "edge-1", ...changes },
      turned,
    );
    return status === 201 ? "a session" : message;
  };
  const good = leaf(issuing);
  const headers = (change: Record<string, string>) => (sent: Record<string, string>) => ({ ...sent, ...change });

  it("gives a session for what is right", async () => {
    assert.equal(await ask(good), "a session");
    assert.equal(await ask(leaf(other)), "a session");
  });

  const bare = headers({ "x-amz-x509": "AAAA" });
  const CASES: readonly [string, RegExp, () => Promise<string>][] = [
    ["no certificate", /is no certificate/, () => ask(good, {}, { after: bare })],
    [
      "another key's signature",
      /signature does not match/,
      () => ask({ ...good, privateKey: leaf(issuing).privateKey }),
    ],
    [
      "a body that was changed",
      /signature does not match/,
      () => ask(good, {}, { body: '{"roleSessionName":"edge-1" }' }),
    ],
    [
      "a header that was changed",
      /does not match/,
      () => ask(good, {}, { after: headers({ "content-type": "text/plain" }) }),
    ],
    ["another algorithm", /algorithm is not the key's/, () => ask(good, {}, { algorithm: "AWS4-X509-RSA-SHA256" })],
    [
      "no signature at all",
      /algorithm is not the key's/,
      () => ask(good, {}, { after: headers({ authorization: "" }) }),
    ],
    ["another serial number", /serial number/, () => ask(good, {}, { serial: "1" })],
    [
      "an unsigned certificate",
      /x-amz-x509 is not signed/,
      () => ask(good, {}, { signedHeaders: ["host", "x-amz-date"] }),
    ],
    ["an unsigned date", /x-amz-date is not signed/, () => ask(good, {}, { signedHeaders: ["host", "x-amz-x509"] })],
    ["an unsigned host", /host is not signed/, () => ask(good, {}, { signedHeaders: ["x-amz-date", "x-amz-x509"] })],
    ["an unsigned chain", /chain is not signed/, () => ask(good, {}, { after: headers({ "x-amz-x509-chain": "AA" }) })],
    ["a request of an hour ago", /has expired/, () => ask(good, { at: new Date(NOW.getTime() - 3_600_000) })],
    ["a request of another Region", /another Region's/, () => ask(good, { region: "us-east-1" })],
    [
      "another account's anchor",
      /Unable to find trust anchor/,
      () => ask(good, { trustAnchorArn: trustAnchorArn.replace("1111", "2222") }),
    ],
    ["another profile", /Unable to find profile/, () => ask(good, { profileArn: profileArn.replace("6666", "7777") })],
    ["another role", /does not name the role/, () => ask(good, { roleArn: `${roleArn}-admin` })],
    [
      "a CA's certificate",
      /CA:FALSE/,
      () => ask(leaf(issuing, { extensions: caExtensions({ spki: issuing.fields.spki, pathLength: 0 }) })),
    ],
    ["no basic constraints", /CA:FALSE/, () => ask(leaf(issuing, { extensions: [keyUsage(["digitalSignature"])] }))],
    [
      "no digital signature",
      /lacks digital/,
      () => ask(leaf(issuing, { extensions: [keyUsage(["keyEncipherment"]), END_ENTITY_CONSTRAINTS] })),
    ],
    ["an expired certificate", /Certificate expired/, () => ask(leaf(issuing, { validity: valid(-0.2, -0.1) }))],
    ["a certificate of tomorrow", /Certificate expired/, () => ask(leaf(issuing, { validity: valid(0.1, 0.2) }))],
    ["a stranger with the same name", /Untrusted certificate/, () => ask(leaf(stranger))],
    ["a CA that is not anchored", /Untrusted certificate/, () => ask(leaf(ended))],
    ["a kubelet's name", /no name for a session/, () => ask(leaf(issuing, { commonName: "system:node:edge-1" }))],
    [
      "a name that is not the role's",
      /does not allow sts:AssumeRole/,
      () => ask(leaf(issuing, { commonName: "web-1" }), { roleSessionName: "web-1" }),
    ],
    ["another machine's session name", /does not allow sts:AssumeRole/, () => ask(good, { roleSessionName: "edge-2" })],
  ];
  for (const [what, expected, act] of CASES) it(`refuses ${what}`, async () => assert.match(await act(), expected));

  it("refuses a CA that has ended, and an anchor that is disabled", async () => {
    aws.anchor.replace(pemOf(ended));
    assert.match(await ask(leaf(ended)), /trust anchor's certificate has expired/);
    aws.anchor.replace(pemOf(issuing, other));
    aws.anchor.isEnabled = false;
    assert.equal(await ask(good), "Trust anchor disabled");
    aws.anchor.isEnabled = true;
  });

  it("refuses what its issuer's list has, and not what another CA gave the same number", async () => {
    const serialNumber = randomSerialNumber();
    const [revoked, twin] = [leaf(issuing, { serialNumber }), leaf(other, { serialNumber })];
    const list = { name: "list", enabled: true, tags: [], trustAnchorArn };
    await aws.anchor.import({ ...list, crlData: listOf(issuing, [serialNumber]) });
    assert.equal(await ask(revoked), "Certificate revoked");
    assert.equal(await ask(twin), "a session");
    assert.equal(await ask(good), "a session");
  });

  it("takes no list of a stranger, none that is too long or not PEM, and no third", async () => {
    const list = { name: "more", enabled: true, tags: [], trustAnchorArn };
    await assert.rejects(aws.anchor.import({ ...list, crlData: listOf(stranger, []) }), /has signed this list/);
    await assert.rejects(aws.anchor.import({ ...list, crlData: "x".repeat(300_001) }), /300000 octets/);
    await assert.rejects(aws.anchor.import({ ...list, crlData: "x" }), /is not PEM/);
    await assert.rejects(aws.anchor.import({ ...list, name: "a/b", crlData: listOf(other, []) }), /does not match/);
    await aws.anchor.import({ ...list, crlData: listOf(other, []) });
    await assert.rejects(aws.anchor.import({ ...list, crlData: listOf(other, []) }), /two CRLs at most/);
  });

  it("takes no third CA, and nobody who is none", () => {
    assert.throws(() => aws.anchor.replace(pemOf(issuing, other, ended)), /two certificates at most/);
    assert.throws(() => aws.anchor.replace(good.certificatePem), /no CA's/);
  });
});
