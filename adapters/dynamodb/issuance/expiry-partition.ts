import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { dayOf } from "../../certificate-filter.ts";

/** A fleet that boots gets certificates that expire on one day: four partitions take 4,000 a second. */
export const EXPIRY_SHARDS = ["0", "1", "2", "3"] as const;

/** `2026-11-23#2`. The shards of a day follow each other in the order of their serial numbers: no merging. */
export function expiryPartition(notAfter: Date, serialNumber: SerialNumber): string {
  return partitionOf(dayOf(notAfter), shardOf(serialNumber));
}

/** By the first of its digits: serial numbers are random, so a quarter of them falls on each. */
export function shardOf(serialNumber: string): string {
  return String(Math.floor(Number.parseInt(serialNumber.charAt(0), 16) / 4));
}

export function partitionOf(day: string, shard: string): string {
  return `${day}#${shard}`;
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;

/** The days from one to another, both included, but no more than so many. */
export function daysBetween(first: string, last: string, most = Number.POSITIVE_INFINITY): string[] {
  const days: string[] = [];
  const end = Date.parse(last);
  for (let at = Date.parse(first); at <= end && days.length < most; at += DAY_MILLISECONDS) {
    days.push(dayOf(new Date(at)));
  }
  return days;
}

export function dayAfter(day: string): string {
  return dayOf(new Date(Date.parse(day) + DAY_MILLISECONDS));
}
