import { authenticateCertificate } from "../../core/issuance/authenticate-certificate.ts";
import type { Der } from "../../core/asn1/der.ts";
import { NOW, randomIntentName } from "../support/stored-records.ts";
import { createRequest } from "../../core/signing-request/create.ts";
import { authenticateToken } from "../../core/token/authenticate-token.ts";
import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { identityOfToken } from "../../core/token/token-record.ts";
import { certificateIn, csrOf, PARAMETERS } from "../support/node-requests.ts";
import type { CostHarness } from "./cost-harness.ts";

/** Of annotations: as many bytes as one object may have. */
export const LARGEST_METADATA = { labels: {}, annotations: { "example.com/note": "x".repeat(16_000) } };

/** Uses of a limited token, each with its note: its item is as large as it can be. */
export function waitingUses(count: number) {
  const waiting = Array.from({ length: count }, (_, index) => ({
    ...{ useName: randomIntentName(), requestName: randomIntentName(), at: NOW, replaced: 0 },
    nodeName: `${index}`.padStart(52, "n"),
  }));
  return { waiting, usedBy: new Set(waiting.map(({ useName }) => useName)) };
}

export async function refused(act: Promise<unknown>): Promise<void> {
  const outcome = await act.then(
    () => "granted",
    () => "refused",
  );
  if (outcome === "granted") throw new Error("what the row is about was granted");
}

type Enrolling = Pick<CostHarness, "harness" | "newToken">;

export async function confirmed({ harness, newToken }: Enrolling) {
  const enrolled = await harness.enrol({ token: await newToken(), key: "c1" });
  const certificate = certificateIn(enrolled);
  await harness.confirm(enrolled.record.name, certificate);
  harness.clock.advance(1);
  return { record: enrolled.record, certificate };
}

export async function confirmedCertificate(enrolling: Enrolling) {
  return (await confirmed(enrolling)).certificate;
}

export function authenticatedBy({ directory, clock }: CostHarness["harness"], certificate: Der) {
  return authenticateCertificate(certificate, directory, clock.now(), "invalid_client_certificate");
}

/** As Kubernetes' API does with an object: it reads who asks, and makes the request. */
export async function create({ harness, stores }: CostHarness, token: BootstrapToken, key: string): Promise<void> {
  const at = harness.clock.now();
  const record = authenticateToken(token, await stores.tokens.read(token.id), at);
  const outcome = await createRequest(
    { ...harness.services, objects: stores.ledger },
    {
      identity: identityOfToken(record),
      csr: csrOf(key),
      parameters: PARAMETERS,
      arrivedAt: at,
      token: record,
      directory: harness.directory,
      name: { exact: `object-${key}` },
      metadata: { ...LARGEST_METADATA, at },
      isDryRun: false,
    },
  );
  if (outcome.outcome !== "created" || outcome.record.completion === undefined) throw new Error("nothing was signed");
}
