import { styleText } from "node:util";

/** What a state means for the operator. */
export type Tone = "good" | "waiting" | "bad" | "over";

const STYLES = { good: "green", waiting: "yellow", bad: "red", over: "dim" } as const satisfies Record<Tone, string>;

/** The tones of all states of the service, and of Kubernetes' CSR conditions by their last word. */
const TONES: Readonly<Record<string, Tone>> = {
  Active: "good",
  Approved: "good",
  Issued: "good",
  active: "good",
  Joining: "waiting",
  Pending: "waiting",
  Reserved: "waiting",
  prepared: "waiting",
  retiring: "waiting",
  Unknown: "waiting",
  Denied: "bad",
  Revoked: "bad",
  Stranded: "bad",
  Voided: "bad",
  Expired: "over",
  Released: "over",
  Spent: "over",
  Superseded: "over",
  retired: "over",
  // Of a check.
  ok: "good",
  warning: "waiting",
  failed: "bad",
};

export function toneOfState(state: string): Tone | undefined {
  return TONES[state.slice(state.lastIndexOf(",") + 1)];
}

export function paint(text: string, tone: Tone): string {
  return styleText(STYLES[tone], text, { validateStream: false });
}

export function bold(text: string): string {
  return styleText("bold", text, { validateStream: false });
}

export function dim(text: string): string {
  return styleText("dim", text, { validateStream: false });
}
