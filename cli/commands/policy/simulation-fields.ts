import {
  numberMember,
  objectMember,
  stringsMember,
  textMember,
  type JsonObject,
} from "../../../core/input/json-object.ts";
import type { Field } from "../../output/field-list.ts";
import { humanDuration } from "../../output/human-duration.ts";

/** The result of a simulation: a denial's rule, field and reason, or the content of the certificate. */
export function simulationFields(simulation: JsonObject): Field[] {
  const lines: readonly (readonly [label: string, member: string])[] = [
    ["Decision", "decision"],
    ["Rule", "rule"],
    ["Field", "field"],
    ["Code", "code"],
    ["Reason", "reason"],
    ["Policy version", "policyVersion"],
  ];
  const said = lines.flatMap(([label, member]): Field[] => {
    const text = textMember(simulation, member);
    return text === undefined ? [] : [[label, text]];
  });
  const certificate = objectMember(simulation, "certificate");
  return certificate === undefined ? said : [...said, ...certificateFields(certificate)];
}

function certificateFields(certificate: JsonObject): Field[] {
  const seconds = numberMember(certificate, "lifetimeSeconds");
  return [
    ["Subject", textMember(certificate, "subject") ?? ""],
    ["DNS names", stringsMember(certificate, "dnsNames")],
    ["IP addresses", stringsMember(certificate, "ipAddresses")],
    ["Usages", stringsMember(certificate, "usages").join(", ")],
    ["Lifetime", seconds === undefined ? "" : humanDuration(seconds)],
  ];
}

/** Undefined when it was not denied. */
export function denialText(simulation: JsonObject): string | undefined {
  if (textMember(simulation, "decision") !== "Deny") return undefined;
  const by = (["rule", "field"] as const).flatMap((member) => {
    const text = textMember(simulation, member);
    return text === undefined ? [] : [`${member} ${text}`];
  });
  const where = by.length === 0 ? "" : ` (${by.join(", ")})`;
  return `it would be denied: ${textMember(simulation, "reason") ?? "no reason was given"}${where}`;
}
