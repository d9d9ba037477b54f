/** One line of the benchmark: its value, and perhaps the floor it is compared with in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly floor?: number;
  readonly ratio?: number;
  /** How the figure comes about, for people. */
  readonly note?: string;
}

export function comparedWith(floor: number, figure: Figure): Figure {
  return { ...figure, floor: rounded(floor), ratio: rounded(figure.value / floor) };
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
