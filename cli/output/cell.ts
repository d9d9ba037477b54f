import { dateMember, numberMember, textMember, stringsMember, type JsonObject } from "../../core/input/json-object.ts";
import { humanDuration, shortHumanDuration } from "./human-duration.ts";

/** Kubernetes' placeholders for missing values. */
export const NONE = "<none>";
export const UNKNOWN = "<unknown>";
export const NEVER = "<never>";
export const FOREVER = "<forever>";

type Cell = (item: JsonObject, now: Date) => string;

export function textCell(name: string, placeholder: string = NONE): Cell {
  return (item) => textMember(item, name) ?? placeholder;
}

/** Comma separated, as kubectl and kubeadm print lists. */
export function listCell(name: string, placeholder: string = NONE): Cell {
  return (item) => stringsMember(item, name).join(",") || placeholder;
}

/** How long ago, in the format of kubectl's AGE. */
export function ageCell(name: string, placeholder: string = UNKNOWN): Cell {
  return (item, now) => {
    const at = dateMember(item, name);
    return at === undefined ? placeholder : humanDuration((now.getTime() - at.getTime()) / 1000);
  };
}

/** How long a certificate is still valid. */
export function timeLeftCell(name: string): Cell {
  return (item, now) => {
    const secondsLeft = secondsUntil(item, name, now);
    if (secondsLeft === undefined) return NONE;
    return secondsLeft < 0 ? "<expired>" : humanDuration(secondsLeft);
  };
}

/** kubeadm's TTL of a token. */
export function tokenTtlCell(name: string): Cell {
  return (item, now) => {
    const secondsLeft = secondsUntil(item, name, now);
    if (secondsLeft === undefined) return FOREVER;
    return secondsLeft < 0 ? "<expired>" : shortHumanDuration(secondsLeft);
  };
}

export function durationCell(name: string): Cell {
  return (item) => {
    const seconds = numberMember(item, name);
    return seconds === undefined ? NONE : humanDuration(seconds);
  };
}

function secondsUntil(item: JsonObject, name: string, now: Date): number | undefined {
  const at = dateMember(item, name);
  return at === undefined ? undefined : (at.getTime() - now.getTime()) / 1000;
}

/** A time and its distance from now: `2027-01-31T12:00:00Z (in 23h)`. */
export function momentText(item: JsonObject, name: string, now: Date, placeholder: string = NONE): string {
  const text = textMember(item, name);
  const secondsLeft = secondsUntil(item, name, now);
  if (text === undefined || secondsLeft === undefined) return placeholder;
  return secondsLeft >= 0
    ? `${text} (in ${humanDuration(secondsLeft)})`
    : `${text} (${humanDuration(-secondsLeft)} ago)`;
}
