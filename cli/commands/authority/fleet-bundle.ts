import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { numberMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { printable } from "../../output/printable-text.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { pagesOf } from "../../service/pages.ts";

/** Who of the machines with a live certificate has said that it holds a trust bundle. */
export interface FleetBundle {
  readonly sequence: number;
  readonly having: number;
  /** Agents with an older one. */
  readonly behind: readonly string[];
  /** Those that have never said anything about themselves, as kubelets without the agent cannot. */
  readonly silent: readonly string[];
  /** There are more machines than were counted. */
  readonly isCut: boolean;
}

const NODES_PATH = "/v1/admin/nodes";

/** Twenty answers: whoever looks at the CAs of a larger fleet does not want to wait longer. */
const MOST_NODES = 10_000;
const MOST_NAMES = 20;

/** As an activation counts them (`core/authority/fleet-trust.ts`). */
export async function readFleetBundle(service: AdminService, sequence: number): Promise<FleetBundle> {
  const [behind, silent]: [string[], string[]] = [[], []];
  let [having, isCut] = [0, false];
  for await (const page of pagesOf(service, { path: NODES_PATH, limit: MOST_NODES })) {
    isCut = page.isCut;
    for (const node of page.items) {
      if (textMember(node, "state") !== "Active") continue;
      const name = printable(textMember(node, "nodeName") ?? "");
      const held = numberMember(node, "trustBundleSequence");
      if (held !== undefined && held >= sequence) having++;
      else if (held !== undefined) behind.push(`${name} (holds ${held})`);
      else if (hasAgent(node)) behind.push(`${name} (never said)`);
      else if (textMember(node, "signerName") === KUBELET_CLIENT_SIGNER) silent.push(name);
    }
  }
  return { sequence, having, behind, silent, isCut };
}

function hasAgent(node: JsonObject): boolean {
  return textMember(node, "agentVersion") !== undefined;
}

/** Empty where all have it: there is nothing to do. */
export function fleetBundleText({ sequence, having, behind, silent, isCut }: FleetBundle): string {
  if (behind.length + silent.length === 0) return "";
  const all = having + behind.length;
  const lines = [
    `trust bundle ${sequence}: ${having} of ${all} agents have it${isCut ? `, of the first ${MOST_NODES} nodes` : ""}`,
  ];
  if (behind.length > 0)
    lines.push(
      `  not yet: ${named(behind)}`,
      "  nodeseal node renew NAME makes them fetch it now; without it they do within hours",
    );
  if (silent.length > 0)
    lines.push(
      `  cannot say: ${named(silent)}`,
      "  No agent has ever told of these: they are kubelets that rotate by themselves. A kubelet needs no bundle of its own; see that",
      "  the programs on it that verify others have this one. Then nodeseal ca activate ID --force waits for nobody, or let the agent renew.",
    );
  return `${lines.join("\n")}\n`;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
