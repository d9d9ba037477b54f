import { faultOfDnsName, isDnsSubdomain } from "./dns-name.ts";
import { MAX_NODE_NAME_CHARACTERS } from "./node-name.ts";

/** Patterns of names: in policies and tokens, a `*` stands for any run of characters (dots too). */

/** What a pattern is compared with. */
export interface NameKind {
  readonly what: string;
  /** Why a text is no name of this kind. */
  readonly faultOfName: (name: string) => string | undefined;
  readonly isLowerCase: boolean;
  /** Whether `{name}` stands for the certificate's name. */
  readonly hasPlaceholder: boolean;
  /** What stands before the name in a subject, and never in a pattern. */
  readonly prefix: string;
}

export const DNS_NAMES: NameKind = {
  what: "DNS names",
  // Certificates have DNS names in lower case, and so have patterns.
  faultOfName: (name) => (isDnsSubdomain(name) ? undefined : (faultOfDnsName(name) ?? "it is not in lower case")),
  isLowerCase: true,
  hasPlaceholder: true,
  prefix: "",
};

/** Linear in the name for each `*`: no regular expression is built from an administrator's input. */
export function matchesNamePattern(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}

/** What a token may name: an exact node name, or a pattern for some. */
export function isNamePattern(text: string): boolean {
  return text.length <= MAX_NODE_NAME_CHARACTERS && /^[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?$/.test(text);
}

/** Why no name of this kind can ever match, and what was probably meant. Undefined when one can. */
export function faultOfPattern(pattern: string, kind: NameKind): string | undefined {
  if (canMatch(pattern, kind)) return undefined;
  const meant = suggestion(pattern, kind);
  return `${reasonAgainst(pattern, kind)}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`;
}

/** A letter fits wherever any character does, but for lengths: there nothing fits better. */
function canMatch(pattern: string, kind: NameKind): boolean {
  return ["a", ""].some((filling) => kind.faultOfName(filled(pattern, kind, filling)) === undefined);
}

function filled(pattern: string, { hasPlaceholder }: NameKind, filling: string): string {
  return (hasPlaceholder ? pattern.replaceAll("{name}", "a") : pattern).replaceAll("*", filling);
}

const REGULAR_EXPRESSION = /[\\^$|+?()[\]]/;
const PLACEHOLDER = /\{[^{}]*\}/;

function reasonAgainst(pattern: string, kind: NameKind): string {
  if (REGULAR_EXPRESSION.test(pattern))
    return 'patterns are no regular expressions, "*" alone stands for other characters';
  const placeholder = PLACEHOLDER.exec(kind.hasPlaceholder ? pattern.replaceAll("{name}", "") : pattern)?.[0];
  if (placeholder !== undefined)
    return kind.hasPlaceholder
      ? `there is no placeholder ${JSON.stringify(placeholder)}, only "{name}"`
      : "there are no placeholders here";
  if (kind.prefix !== "" && pattern.startsWith(kind.prefix)) return `names are compared without "${kind.prefix}"`;
  if (kind.isLowerCase && pattern !== pattern.toLowerCase()) return `${kind.what} are in lower case`;
  return kind.faultOfName(filled(pattern, kind, "a")) ?? `no ${kind.what} are like it`;
}

/** Never a choice of several (`(a|b)`): what could be suggested for it would allow more than was meant. */
function suggestion(pattern: string, kind: NameKind): string | undefined {
  const plain = pattern
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/^\^|\$$/g, "")
    .replace(/\\[dw][+*?]?|\[[^\]]*\](?:[+*?]|\{[\d,]*\})?|(?<!\\)\.[*+]/g, "*")
    .replace(/\\(.)/g, "$1")
    .replace(new RegExp(PLACEHOLDER, "g"), kind.hasPlaceholder ? "{name}" : "*")
    .replace(/:\d+$/, "")
    .replace(/\.$/, "")
    .replace(/\*+/g, "*");
  const bare = plain.startsWith(kind.prefix) ? plain.slice(kind.prefix.length) : plain;
  const meant = kind.isLowerCase ? bare.toLowerCase() : bare;
  return meant !== pattern && meant !== "*" && canMatch(meant, kind) ? meant : undefined;
}
