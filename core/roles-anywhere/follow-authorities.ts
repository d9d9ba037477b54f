import type { Audit } from "../audit/audit-event.ts";
import type { Authority, TrustBundle } from "../authority/authority.ts";
import { WHOLE } from "../authority/revocation-shard.ts";
import { encodePem, parsePemBlocks } from "../asn1/pem.ts";
import type { RevocationListStore } from "../revocation/list-store.ts";
import { anchoredAuthorities } from "./anchored-authorities.ts";
import { nobodyCertificate } from "./nobody.ts";
import { MOST_ANCHOR_LISTS, MOST_LIST_OCTETS, type ImportedList, type RolesAnywhere } from "./roles-anywhere.ts";

export interface RolesAnywhereServices {
  /** Undefined where the deployment has none. */
  readonly rolesAnywhere?: RolesAnywhere | undefined;
  readonly lists: Pick<RevocationListStore, "read" | "fetch">;
  readonly clock: () => Date;
  readonly audit: Audit;
  readonly failed: (error: unknown) => void;
}

/**
 * Has the trust anchor trust the issuing CAs that the bundle trusts, and gives it their latest revocation lists. What it
 * has is compared first, so that a reconciliation that finds all in place writes nothing, and one after a lost answer, or
 * after somebody else's change, puts right what is not. What goes wrong is told (`roles_anywhere_failed`).
 *
 * @returns how much is not as it should be
 */
export async function followAuthorities(
  services: RolesAnywhereServices,
  clusterName: string,
  bundle: TrustBundle,
): Promise<number> {
  const { rolesAnywhere } = services;
  if (rolesAnywhere === undefined) return 0;
  const { anchored, leftOut } = anchoredAuthorities(bundle, services.clock());
  let faults = leftOut.length;
  for (const { id } of leftOut)
    tell(services, new Error(`${id} has no place in the trust anchor, which takes two CAs: retire it`), id);
  const anchor = await guarded(services, undefined, () => anchorTo(services, rolesAnywhere, anchored));
  faults += anchor;
  const known = await rolesAnywhere.listLists().catch((error: unknown) => tell(services, error));
  if (known === undefined) return faults + 1;
  const names = new Map(anchored.map(({ id }) => [id, `${clusterName}-${id}`]));
  // While the anchor may still trust a CA that is to go, its list stays: of that CA certificates would count as good.
  const spare = anchor === 0 ? known.filter(({ name }) => ![...names.values()].includes(name)) : [];
  let free = MOST_ANCHOR_LISTS - known.length;
  for (const { id } of anchored)
    faults += await guarded(services, id, async () => {
      const name = names.get(id) ?? "";
      const place = known.find((one) => one.name === name) ?? spare.shift();
      if (place === undefined && free-- <= 0)
        throw new Error(`there is no place for the revocation list of ${id}: the trust anchor has two others`);
      await importList(services, rolesAnywhere, { clusterName, authorityId: id, name }, place);
    });
  return faults;
}

/** @throws Error when the anchor cannot be read or written */
async function anchorTo(
  { audit }: RolesAnywhereServices,
  rolesAnywhere: RolesAnywhere,
  anchored: readonly Authority[],
): Promise<void> {
  // An anchor cannot be empty. Where no CA is trusted, it trusts nobody.
  const wanted = anchored.length > 0 ? anchored.map(({ certificate }) => certificate) : [nobodyCertificate()];
  const had = parsePemBlocks(await rolesAnywhere.readAnchor(), "CERTIFICATE").map(hexOf);
  if ([...had].sort().join() === wanted.map(hexOf).sort().join()) return;
  await rolesAnywhere.writeAnchor(wanted.map((der) => encodePem("CERTIFICATE", der)).join(""));
  audit({ event: "roles_anywhere_anchored", authorityIds: anchored.map(({ id }) => id) });
}

async function importList(
  { lists, audit }: RolesAnywhereServices,
  rolesAnywhere: RolesAnywhere,
  { clusterName, authorityId, name }: { clusterName: string; authorityId: string; name: string },
  place: ImportedList | undefined,
): Promise<void> {
  const list = { authorityId, shard: WHOLE };
  const { published } = await lists.read(list);
  // Of a CA that was made in this very reconciliation: its first list comes with the next.
  if (published === undefined) return;
  const der = await lists.fetch(list, published);
  if (der === undefined) throw new Error(`list ${published.number} of ${authorityId} is not there`);
  const pem = encodePem("X509 CRL", der);
  if (pem.length > MOST_LIST_OCTETS)
    throw new Error(
      `the revocation list of ${authorityId} has ${pem.length} octets in PEM, Roles Anywhere takes ${MOST_LIST_OCTETS}; the last one that fitted stays: prepare and activate another issuing CA`,
    );
  if (place?.name === name && place.pem === pem) {
    if (!place.isEnabled) throw new Error(`somebody has disabled the revocation list ${place.id} (${name})`);
    return;
  }
  if (place === undefined) await rolesAnywhere.importList(clusterName, name, pem);
  else await rolesAnywhere.replaceList(place.id, name, pem);
  const { number, nextUpdate } = published;
  audit({
    event: "roles_anywhere_list_imported",
    authorityId,
    listNumber: number,
    nextUpdate: nextUpdate.toISOString(),
  });
  if (place?.isEnabled === false) throw new Error(`somebody has disabled the revocation list ${place.id} (${name})`);
}

async function guarded(
  services: RolesAnywhereServices,
  authorityId: string | undefined,
  act: () => Promise<void>,
): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    tell(services, error, authorityId);
    return 1;
  }
}

function tell({ audit, failed }: RolesAnywhereServices, error: unknown, authorityId?: string): undefined {
  failed(error);
  audit({ event: "roles_anywhere_failed", ...(authorityId === undefined ? {} : { authorityId }) });
}

function hexOf(der: Uint8Array): string {
  return Buffer.from(der).toString("hex");
}
