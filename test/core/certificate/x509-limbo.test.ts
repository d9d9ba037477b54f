import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import type { Issuer } from "../../../core/authority/authority.ts";
import { issuerDirectory, type IssuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { parsePem } from "../../../core/asn1/pem.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { sharedData } from "../../support/shared-data.ts";

/** C2SP's path validation suite. Its CAs stand in for ours, one at a time; none of its certificates is for a node of ours. */
const limbo = sharedData("x509-limbo-193.json");

interface LimboCase {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
}

/** Undefined for what cannot be an issuing CA here: another curve, no subject key identifier, not even DER. */
function directoryOf(caPem: string): IssuerDirectory | undefined {
  try {
    const certificate = parsePem(caPem, "CERTIFICATE");
    const directory = issuerDirectory({
      sequence: 1,
      authorities: [{ id: "limbo", role: "issuing", state: "active", keyArn: "none", certificate }],
    });
    const issuers: readonly Issuer[] = directory.issuing();
    return issuers.length === 1 ? directory : undefined;
  } catch {
    return undefined;
  }
}

function refusalOf(
  { peer_certificate, validation_time }: LimboCase,
  directory: IssuerDirectory,
): RefusalError | undefined {
  const now = new Date(validation_time ?? "2026-01-01T00:00:00Z");
  try {
    authenticateCertificate(parsePem(peer_certificate, "CERTIFICATE"), directory, now, "invalid_client_certificate");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RefusalError, String(error));
    return error;
  }
}

describe("x509-limbo", { skip: limbo.skip }, () => {
  const { testcases } =
    limbo.skip === false
      ? (JSON.parse(readFileSync(limbo.path, "utf8")) as { testcases: LimboCase[] })
      : { testcases: [] };
  const outcomes = testcases.flatMap((testcase) =>
    [...testcase.trusted_certs, ...testcase.untrusted_intermediates].flatMap((caPem) => {
      const directory = directoryOf(caPem);
      return directory === undefined ? [] : [{ id: testcase.id, refusal: refusalOf(testcase, directory) }];
    }),
  );

  it("is never accepted, and nothing but a refusal comes out", () => {
    assert.deepEqual(
      outcomes.filter(({ refusal }) => refusal === undefined).map(({ id }) => id),
      [],
    );
  });

  it("is refused for what the certificates are for, and not because they could not be read", () => {
    const reasons = outcomes.map(({ refusal }) => refusal?.message ?? "");
    const gotFar = reasons.filter((reason) => /not for client authentication|no common name/.test(reason));
    assert.ok(outcomes.length >= 180, `${outcomes.length} pairs of CA and certificate`);
    assert.ok(gotFar.length >= 140, `${gotFar.length} of ${reasons.length} came past signature and time`);
  });
});
