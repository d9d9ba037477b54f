import type { JsonObject } from "../../core/input/json-object.ts";
import { escaped } from "./printable-text.ts";

/**
 * Characters that JSON and YAML writers do not escape, but a terminal may act on: C1 controls and invisible format
 * characters. Both writers escape C0 controls.
 */
const ACTIVE = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

export type StructuredFormat = "json" | "yaml";

/** The unchanged object, for programs, with a final newline. */
export async function structuredText(object: JsonObject, format: StructuredFormat): Promise<string> {
  return format === "json" ? jsonText(object) : await yamlText(object);
}

function jsonText(object: JsonObject): string {
  return `${JSON.stringify(object, undefined, 2).replace(ACTIVE, escaped)}\n`;
}

async function yamlText(object: JsonObject): Promise<string> {
  const { Document, Scalar, visit } = await import("yaml");
  // Many readers use YAML 1.1: with it the writer quotes `no`, `on` and times, as kubectl does.
  const document = new Document(object, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      // Escapes work only inside double quotes.
      if (typeof node.value === "string" && ACTIVE.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
      ACTIVE.lastIndex = 0;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(ACTIVE, escaped);
}
