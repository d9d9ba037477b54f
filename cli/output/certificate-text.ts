import type { TextObject } from "../../core/inspection/x509.ts";
import { displayWidth, printable } from "./printable-text.ts";

const WIDTH = 80;
const INDENT = "  ";

/**
 * Prints each certificate of a PEM text as @peculiar/x509 reads it, with every field and extension, like `openssl x509
 * -text`. Unknown extensions are printed in hexadecimal.
 *
 * @throws Error when the text holds no certificate, or one that cannot be read
 */
export async function certificateText(pem: string): Promise<string> {
  // It takes a tenth of a second to load, and only --text needs it.
  const x509 = await import("../../core/inspection/x509.ts");
  const blocks = x509.PemConverter.decode(pem);
  if (blocks.length === 0) throw new Error("it holds no certificate in PEM");
  const { NAME, VALUE } = x509.TextObject;

  function linesOf(name: string, object: TextObject, depth: number): string[] {
    const members = Object.entries<unknown>(object);
    // An end-entity's constraints are an empty SEQUENCE.
    if (name === "Basic Constraints" && members.length === 0) members.push(["CA", false]);
    return [
      ...wrapped(`${name}: ${String(object[VALUE])}`.trimEnd(), depth),
      ...members.flatMap(([key, member]) => memberLines(key, member, depth + 1)),
    ];
  }

  function memberLines(key: string, member: unknown, depth: number): string[] {
    if (Array.isArray(member)) return member.flatMap((one) => memberLines(key, one, depth));
    if (member instanceof x509.TextObject) return linesOf(key, member, depth);
    if (isConvertible(member)) return linesOf(key, member.toTextObject(), depth);
    const octets = octetsOf(member);
    if (octets !== undefined) return octetLines(key, octets, depth);
    const text = member instanceof Date ? member.toUTCString() : String(member);
    return wrapped(key === "" ? text : `${key}: ${text}`, depth);
  }

  const texts = blocks.map((block) => {
    const object = new x509.X509Certificate(block).toTextObject();
    return `${linesOf(String(object[NAME]), object, 0).join("\n")}\n`;
  });
  return texts.join("");
}

function isConvertible(member: unknown): member is { readonly toTextObject: () => TextObject } {
  return typeof member === "object" && member !== null && "toTextObject" in member;
}

/** The octets of an ArrayBuffer, a view of one, or an OCTET STRING. Undefined for anything else. */
function octetsOf(member: unknown): Uint8Array | undefined {
  if (member instanceof ArrayBuffer) return new Uint8Array(member);
  if (ArrayBuffer.isView(member)) return new Uint8Array(member.buffer, member.byteOffset, member.byteLength);
  return typeof member === "object" && member !== null && "buffer" in member ? octetsOf(member.buffer) : undefined;
}

const OCTETS_A_ROW = 16;

function octetLines(key: string, octets: Uint8Array, depth: number): string[] {
  const rows = Array.from({ length: Math.ceil(octets.length / OCTETS_A_ROW) }, (_, row) => {
    const hex = Buffer.from(octets.subarray(row * OCTETS_A_ROW, (row + 1) * OCTETS_A_ROW)).toString("hex");
    return hex.replace(/..(?!$)/g, "$&:");
  });
  return key === "" ? indented(rows, depth) : [...indented([`${key}:`], depth), ...indented(rows, depth + 1)];
}

function indented(lines: readonly string[], depth: number): string[] {
  return lines.map((line) => INDENT.repeat(depth) + line);
}

/** At most 80 columns, broken at spaces where possible. Continuation lines are indented further. */
function wrapped(text: string, depth: number): string[] {
  const [first = "", ...words] = printable(text).split(" ");
  const lines: string[] = [];
  let line = INDENT.repeat(depth) + first;
  for (const word of words) {
    if (displayWidth(line) + 1 + displayWidth(word) <= WIDTH) line += ` ${word}`;
    else {
      lines.push(...broken(line, depth));
      line = INDENT.repeat(depth + 2) + word;
    }
  }
  return [...lines, ...broken(line, depth)];
}

/** Breaks a word that is longer than a line, such as a URL. */
function broken(line: string, depth: number): string[] {
  const lines = [""];
  for (const character of line) {
    const last = lines.at(-1) ?? "";
    if (displayWidth(last + character) <= WIDTH) lines[lines.length - 1] = last + character;
    else lines.push(INDENT.repeat(depth + 2) + character);
  }
  return lines;
}
