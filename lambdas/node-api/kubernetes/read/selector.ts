import { objectNameOf } from "../../../../core/ledger/request-name.ts";
import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { badRequest } from "../protocol/status.ts";

/** Which objects a list or watch is about. */
export interface Selection<T = IssuanceRecord> {
  /** The one object asked for by name; a list of one needs no index. */
  readonly name: string | undefined;
  readonly matches: (one: T) => boolean;
}

/** What the objects of a kind can be selected by. */
export interface Selectable<T> {
  readonly fields: Readonly<Record<string, (one: T) => string>>;
  readonly labels: (one: T) => Labels;
}

interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly isNegated: boolean;
}

/** K3.7. */
const REQUESTS: Selectable<IssuanceRecord> = {
  fields: {
    "metadata.name": ({ name }) => objectNameOf(name),
    "spec.signerName": ({ signerName }) => signerName,
  },
  labels: ({ metadata }) => metadata?.labels ?? {},
};

export function selectionOf(query: URLSearchParams): Selection {
  return selectionFrom(query, REQUESTS);
}

/** @throws StatusError when a selector cannot be read, or selects by a field that cannot be selected by */
export function selectionFrom<T>(query: URLSearchParams, selectable: Selectable<T>): Selection<T> {
  const { fields } = selectable;
  const terms = fieldTerms(query.get("fieldSelector") ?? "", Object.keys(fields));
  const labels = labelTerms(query.get("labelSelector") ?? "");
  const name = terms.find(({ field, isNegated }) => field === "metadata.name" && !isNegated)?.value;
  return {
    name,
    matches: (one) =>
      terms.every(({ field, value, isNegated }) => (fields[field]?.(one) === value) !== isNegated) &&
      labels.every((matches) => matches(selectable.labels(one))),
  };
}

function fieldTerms(selector: string, known: readonly string[]): readonly FieldTerm[] {
  return selector
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [, field = "", operator = "", value = ""] = /^([^=!]+)(!=|==|=)(.*)$/.exec(term) ?? [];
      if (operator === "")
        throw badRequest(`invalid selector: ${JSON.stringify(selector)}; can't understand ${JSON.stringify(term)}`);
      if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
      return { field, value, isNegated: operator === "!=" };
    });
}

type Labels = Readonly<Record<string, string>>;
type LabelTerm = (labels: Labels) => boolean;

const KEY = "[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?";
const VALUE = "[A-Za-z0-9_.-]*";
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s+\\(([^()]*)\\)$`);
const ORDER = new RegExp(`^(${KEY})\\s*([<>])\\s*(-?\\d{1,15})$`);
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
  const [, orderedKey, , sign, bound] = ORDER.exec(term) ?? [];
  if (orderedKey !== undefined) {
    return (labels) => {
      const text = valueOf(labels, orderedKey) ?? "";
      if (!/^-?\d{1,15}$/.test(text)) return false;
      return sign === ">" ? Number(text) > Number(bound) : Number(text) < Number(bound);
    };
  }
  const [, negation, existingKey] = EXISTENCE.exec(term) ?? [];
  if (existingKey === undefined)
    throw badRequest(`unable to parse requirement: ${JSON.stringify(selector)} cannot be understood`);
  return (labels) => Object.hasOwn(labels, existingKey) !== (negation === "!");
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
