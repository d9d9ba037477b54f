import { numberMember, objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import type { Effect } from "../../invocation/confirmation.ts";
import type { AdminService, Query } from "../../service/admin-service.ts";
import { AUTHORITIES_PATH } from "./authority-path.ts";

const NODES_PATH = "/v1/admin/nodes";
const PAGE_ITEMS = "1000";
/** Of a fleet that is larger than that, the machines that were found are a part. */
const MOST_PAGES = 20;
const MOST_NAMES = 10;

interface Found {
  readonly names: readonly string[];
  readonly hasMore: boolean;
}

/** Which machines a CA's forced retirement or activation leaves behind. */
export async function authorityEffect(
  service: AdminService,
  act: "activate" | "retire",
  id: string,
  isForced: boolean,
): Promise<Effect> {
  const title = `${act} ${id}${isForced ? " --force" : ""}`;
  if (!isForced)
    return { lines: [`${title} would be asked for: it waits until no machine is left behind`], hitsOthers: false };
  const found = act === "retire" ? await machinesOf(service, { authority: id }) : await machinesBehind(service, id);
  const { names } = found;
  if (names.length === 0) return { lines: [`${title} would leave no machine behind`], hitsOthers: false };
  const what =
    act === "retire" ? `make the certificates of ${counted(found)} worthless` : `leave ${counted(found)} behind`;
  return { lines: [`${title} would ${what}: ${listed(found)}`], hitsOthers: true };
}

function counted({ names, hasMore }: Found): string {
  return `${hasMore ? "at least " : ""}${names.length} ${names.length === 1 ? "machine" : "machines"}`;
}

function listed({ names, hasMore }: Found): string {
  return `${names.slice(0, MOST_NAMES).join(", ")}${hasMore || names.length > MOST_NAMES ? " and more" : ""}`;
}

/** A root's activation is waited for by the fleet; an issuing CA's only under a root that is prepared. */
async function machinesBehind(service: AdminService, id: string): Promise<Found> {
  const answer = await service.get(AUTHORITIES_PATH);
  const authorities = objectsMember(answer, "items") ?? [];
  const isNewRoot = authorities.some(
    (one) => textMember(one, "role") === "root" && textMember(one, "state") === "prepared",
  );
  const isPrepared = authorities.some((one) => textMember(one, "id") === id && textMember(one, "state") === "prepared");
  if (!isNewRoot || !isPrepared) return { names: [], hasMore: false };
  const sequence = numberMember(answer, "sequence") ?? 0;
  const isBehind = (node: JsonObject): boolean => (numberMember(node, "trustBundleSequence") ?? -1) < sequence;
  return machinesOf(service, { state: "Active" }, isBehind);
}

async function machinesOf(
  service: AdminService,
  query: Query,
  isWanted: (node: JsonObject) => boolean = () => true,
): Promise<Found> {
  const names = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await service.get(NODES_PATH, {
      ...query,
      limit: PAGE_ITEMS,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const node of objectsMember(answer, "items") ?? [])
      if (isWanted(node)) names.add(textMember(node, "nodeName") ?? "");
    cursor = textMember(answer, "cursor");
    if (cursor === undefined) return { names: [...names], hasMore: false };
  }
  return { names: [...names], hasMore: true };
}
