import { createRequest } from "../../core/signing-request/create.ts";
import { authenticateToken } from "../../core/token/authenticate-token.ts";
import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { identityOfToken } from "../../core/token/token-record.ts";
import { certificateIn, csrOf, PARAMETERS } from "../support/node-requests.ts";
import type { CostHarness } from "./cost-harness.ts";

/** Of annotations: as many bytes as one object may have. */
export const LARGEST_METADATA = { labels: {}, annotations: { "example.com/note": "x".repeat(16_000) } };

export async function refused(act: Promise<unknown>): Promise<void> {
  const outcome = await act.then(
    () => "granted",
    () => "refused",
  );
  if (outcome === "granted") throw new Error("what the row is about was granted");
}

export async function confirmedCertificate({ harness, newToken }: Pick<CostHarness, "harness" | "newToken">) {
  const enrolled = await harness.enrol({ token: await newToken(), key: "c1" });
  const certificate = certificateIn(enrolled);
  await harness.confirm(enrolled.record.name, certificate);
  harness.clock.advance(1);
  return certificate;
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
