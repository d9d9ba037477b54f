import { objectNameOf } from "../../../core/request-name.ts";
import type { IssuanceRecord } from "../../../core/issuance-record.ts";
import { badRequest } from "./status.ts";

/** Which objects a list or watch is about. */
export interface Selection {
  /** The one object asked for by name; a list of one needs no index. */
  readonly name: string | undefined;
  readonly matches: (record: IssuanceRecord) => boolean;
}

interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly isNegated: boolean;
}

const FIELDS: Readonly<Record<string, (record: IssuanceRecord) => string>> = {
  "metadata.name": ({ name }) => objectNameOf(name),
  "spec.signerName": ({ signerName }) => signerName,
};

/** @throws StatusError when a selector cannot be read, or selects by a field that cannot be selected by (K3.7) */
export function selectionOf(query: URLSearchParams): Selection {
  const terms = fieldTerms(query.get("fieldSelector") ?? "");
  const labels = labelTerms(query.get("labelSelector") ?? "");
  const name = terms.find(({ field, isNegated }) => field === "metadata.name" && !isNegated)?.value;
  return {
    name,
    matches: (record) =>
      terms.every(({ field, value, isNegated }) => (FIELDS[field]?.(record) === value) !== isNegated) &&
      labels.every((matches) => matches(record.metadata?.labels ?? {})),
  };
}

function fieldTerms(selector: string): readonly FieldTerm[] {
  return selector
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [, field = "", operator = "", value = ""] = /^([^=!]+)(!=|==|=)(.*)$/.exec(term) ?? [];
      if (operator === "")
        throw badRequest(`invalid selector: ${JSON.stringify(selector)}; can't understand ${JSON.stringify(term)}`);
      if (!Object.hasOwn(FIELDS, field)) throw badRequest(`field label not supported: ${field}`);
      return { field, value, isNegated: operator === "!=" };
    });
}

type Labels = Readonly<Record<string, string>>;
type LabelTerm = (labels: Labels) => boolean;

const KEY = "[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?";
const VALUE = "[A-Za-z0-9_.-]*";
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s+\\(([^()]*)\\)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

function labelTerms(selector: string): readonly LabelTerm[] {
  return termsOf(selector).map((term) => labelTerm(term, selector));
}

/** Commas inside parentheses part values, not terms. One pass: eight thousand commas fit into a query. */
function termsOf(selector: string): readonly string[] {
  const parts = selector.match(/(?:\([^()]*\)|[^,])+/g) ?? [];
  return parts.map((term) => term.trim()).filter((term) => term !== "");
}

function labelTerm(term: string, selector: string): LabelTerm {
  const [, key, , operator, value] = EQUALITY.exec(term) ?? [];
  if (key !== undefined) return (labels) => (valueOf(labels, key) === value) !== (operator === "!=");
  const [, setKey, , setOperator, list = ""] = SET.exec(term) ?? [];
  if (setKey !== undefined) {
    const values = list.split(",").map((item) => item.trim());
    return (labels) => values.includes(valueOf(labels, setKey) ?? "\0") === (setOperator === "in");
  }
  const [, negation, existingKey] = EXISTENCE.exec(term) ?? [];
  if (existingKey === undefined)
    throw badRequest(`unable to parse requirement: ${JSON.stringify(selector)} cannot be understood`);
  return (labels) => Object.hasOwn(labels, existingKey) !== (negation === "!");
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
