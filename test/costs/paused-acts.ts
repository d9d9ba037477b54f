import type { Der } from "../../core/asn1/der.ts";
import { RefusalError } from "../../core/refusal.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { certificateIn } from "../support/node-requests.ts";

/** Every pause is a number of minutes. */
const STEP_SECONDS = 30;
const DAY_SECONDS = 24 * 3600;

/** When certificates of one anchor were put aside, by who asks as soon as it may for a whole day, in milliseconds. */
export async function displacements(): Promise<readonly number[]> {
  const harness = await issuanceHarness();
  const enrolled = await harness.enrol({ token: await harness.newToken(), key: "p0" });
  let anchor: Der = certificateIn(enrolled);
  await harness.confirm(enrolled.record.name, anchor);
  let latest = anchor;
  let granted = 0;
  for (let step = 0; step * STEP_SECONDS < DAY_SECONDS; step++) {
    harness.clock.advance(STEP_SECONDS);
    try {
      latest = certificateIn(await harness.renew({ certificate: anchor, key: `p${granted + 1}` }));
      granted++;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      // Ten minutes old it is final, and its predecessor is replaced.
      if (error.code === "certificate_superseded") anchor = latest;
      else if (error.code !== "rate_limited") throw error;
    }
  }
  return [...harness.tables.issuances.values()].flatMap(({ voidedAt, completion }) =>
    voidedAt === undefined || completion === undefined ? [] : [voidedAt.getTime()],
  );
}

let counted: Promise<number> | undefined;

export function displacementsOfADay(): Promise<number> {
  counted ??= displacements().then((times) => times.length);
  return counted;
}

/** How often a request that waits is replaced by one of another key, by who asks as soon as it may for a whole day. */
export async function replacementsOfADay(): Promise<number> {
  const harness = await issuanceHarness();
  const token = await harness.newToken({ maxUses: 1, groups: [] });
  let granted = 0;
  for (let step = 0; step * STEP_SECONDS < DAY_SECONDS; step++) {
    try {
      await harness.enrol({ token, key: `p${granted + 1}` });
      granted++;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
    }
    harness.clock.advance(STEP_SECONDS);
  }
  return [...harness.tables.issuances.values()].filter(({ voidedAt }) => voidedAt !== undefined).length;
}
