import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/**
 * The size DynamoDB bills, by its own rules ("DynamoDB item sizes and formats" in the developer guide): names and texts
 * in UTF-8, numbers one octet for two significant digits and one more, three octets for a list or map and one for each
 * entry.
 */
export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueSize(value)));
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.SS !== undefined) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.L !== undefined) return 3 + sum(value.L.map((entry) => 1 + valueSize(entry)));
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
  throw new Error("no size is known for this kind of attribute");
}

function numberSize(digits: string): number {
  const significant = digits.replace(/^-|\./g, "").replace(/^0+|0+$/g, "");
  return Math.ceil(significant.length / 2) + 1 + (digits.startsWith("-") ? 1 : 0);
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
