import type { JsonObject } from "../../core/input/json-object.ts";
import { escaped } from "./printable-text.ts";

/**
 * What JSON and YAML would let through to a terminal: the C1 controls and invisible format characters. The C0 controls
 * are escaped by both writers.
 */
const ACTIVE = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

export type StructuredFormat = "json" | "yaml";

/** The object as it came, for programs; with a final newline. */
export async function structuredText(object: JsonObject, format: StructuredFormat): Promise<string> {
  return format === "json" ? jsonText(object) : await yamlText(object);
}

function jsonText(object: JsonObject): string {
  return `${JSON.stringify(object, undefined, 2).replace(ACTIVE, escaped)}\n`;
}

async function yamlText(object: JsonObject): Promise<string> {
  const { Document, Scalar, visit } = await import("yaml");
  // YAML 1.1 is what many readers still speak: it makes the writer quote `no`, `on` and times, as kubectl does.
  const document = new Document(object, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      // Escapes mean something inside double quotes only.
      if (typeof node.value === "string" && ACTIVE.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
      ACTIVE.lastIndex = 0;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(ACTIVE, escaped);
}
