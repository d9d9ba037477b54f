/** One field as it is read, or as it should be. */
export interface Reading {
  /** For people; the same for two fields that mean the same. */
  readonly text: string;
  /** Hexadecimal, where the bytes must be the same too. */
  readonly encoding?: string | undefined;
}

/** By the field's name. */
export type Readings = ReadonlyMap<string, Reading>;

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

const ABSENT: Reading = { text: "absent" };

/** Every field that is not as it should be, those that should not be there among them. */
export function differencesBetween(expected: Readings, got: Readings): Difference[] {
  const fields = new Set([...expected.keys(), ...got.keys()]);
  return [...fields].flatMap((field) => differenceOf(field, expected.get(field) ?? ABSENT, got.get(field) ?? ABSENT));
}

function differenceOf(field: string, expected: Reading, got: Reading): Difference[] {
  if (expected.text !== got.text) return [{ field, expected: expected.text, got: got.text }];
  const isSame = expected.encoding === undefined || expected.encoding === got.encoding;
  return isSame ? [] : [{ field, expected: expected.encoding, got: got.encoding ?? "nothing" }];
}

const MOST_NAMED = 3;
/** An RSA key or a stranger's extension could be thousands of digits. */
const MOST_CHARACTERS = 120;

/** A second implementation reads something otherwise than planned: it must not be signed, written or published. */
export class InspectionError extends Error {
  override readonly name = "InspectionError";
  readonly differences: readonly Difference[];

  /** @param subject what was inspected: `the certificate of issuing-g1` */
  constructor(subject: string, differences: readonly Difference[]) {
    super(
      `@peculiar/x509 does not read ${subject} as planned: ${summaryOf(differences)}. Nothing was published; see docs/operations.md, alarm InspectionFailed`,
    );
    this.differences = differences;
  }
}

export function summaryOf(differences: readonly Difference[]): string {
  const named = differences
    .slice(0, MOST_NAMED)
    .map(({ field, expected, got }) => `${field}: expected ${shortened(expected)}, got ${shortened(got)}`);
  const more = differences.length - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)`;
}
