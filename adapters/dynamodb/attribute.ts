import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Der } from "../../core/asn1/der.ts";

export type Item = Record<string, AttributeValue>;

/*
 * Writing. Times are epoch milliseconds. What is undefined is left out, and so is an empty list.
 */

export function text(value: string): AttributeValue {
  return { S: value };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function time(at: Date): AttributeValue {
  return { N: String(at.getTime()) };
}

/** Time to live counts in seconds. */
export function seconds(at: Date): AttributeValue {
  return { N: String(Math.ceil(at.getTime() / 1000)) };
}

export function bytes(value: Uint8Array): AttributeValue {
  return { B: value };
}

export function texts(values: readonly string[]): AttributeValue | undefined {
  return values.length === 0 ? undefined : { L: values.map(text) };
}

export function optional<T>(value: T | undefined, write: (value: T) => AttributeValue): AttributeValue | undefined {
  return value === undefined ? undefined : write(value);
}

/** The attributes that have a value. */
export function itemOf(attributes: Readonly<Record<string, AttributeValue | undefined>>): Item {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => !!entry[1]),
  );
}

export function map(attributes: Readonly<Record<string, AttributeValue | undefined>>): AttributeValue {
  return { M: itemOf(attributes) };
}

/*
 * Reading. An item we cannot read was written by somebody else: that is an Error, never a guess.
 */

export function textOf(item: Item, name: string): string {
  return item[name]?.S ?? unreadable(name, "text");
}

export function numberOf(item: Item, name: string): number {
  const value = Number(item[name]?.N ?? unreadable(name, "number"));
  return Number.isFinite(value) ? value : unreadable(name, "number");
}

export function timeOf(item: Item, name: string): Date {
  return new Date(numberOf(item, name));
}

/** A copy: what the SDK hands out may be a view of a shared pool. */
export function bytesOf(item: Item, name: string): Der {
  return Uint8Array.from(item[name]?.B ?? unreadable(name, "bytes"));
}

export function textsOf(item: Item, name: string): string[] {
  return (item[name]?.L ?? []).map(({ S }) => S ?? unreadable(name, "list of texts"));
}

export function mapOf(item: Item, name: string): Item {
  return item[name]?.M ?? unreadable(name, "map");
}

export function optionalOf<T>(item: Item, name: string, read: (item: Item, name: string) => T): T | undefined {
  return item[name] === undefined ? undefined : read(item, name);
}

/** One of a closed list. */
export function oneOf<T extends string>(item: Item, name: string, allowed: readonly T[]): T {
  const value = textOf(item, name);
  return allowed.find((one) => one === value) ?? unreadable(name, allowed.join(" | "));
}

export function unreadable(name: string, expected: string): never {
  throw new Error(`a stored item cannot be read: its attribute ${name} is no ${expected}`);
}
