import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import type { Der } from "../../core/asn1/der.ts";
import { RefusalError } from "../../core/refusal.ts";

export interface ClientPlan {
  /** Which of the tokens, which of the names. */
  readonly token: number;
  readonly name: number;
  /** Whether it asks with the same key again when it hears nothing. */
  readonly keepsKey: boolean;
  readonly confirms: boolean;
  /** It does not confirm its certificate but uses it, as a kubelet does. */
  readonly uses?: boolean;
  readonly renewals: number;
  /** @default - the kubelet's */
  readonly signerName?: string | undefined;
  /** It is started again while its request waits, and makes a new key each time, as a kubelet with rotation does. */
  readonly restarts?: boolean;
}

export type ModelRequest =
  | {
      readonly kind: "enrol";
      readonly nodeName: string;
      readonly key: string;
      readonly token: BootstrapToken;
      readonly signerName: string;
    }
  | { readonly kind: "renew"; readonly nodeName: string; readonly key: string; readonly holding: Holding }
  | { readonly kind: "confirm" | "use"; readonly nodeName: string; readonly holding: Holding }
  /** What an administrator says of a request that waits. */
  | { readonly kind: "approve" | "deny" | "delete"; readonly nodeName: string; readonly name: string }
  /** What an operator does. */
  | { readonly kind: "release" | "revoke" | "allow"; readonly nodeName: string };

/** A certificate the client has in its hands. */
export interface Holding {
  readonly name: string;
  readonly certificate: Der;
}

/** However long it is told to wait. */
const MAX_WAIT_SECONDS = 60;

/** One node's side of the protocol: joins, confirms, renews, and does not give up at once. */
export class ModelClient {
  readonly label: string;
  readonly plan: ClientPlan;
  readonly nodeName: string;
  readonly #token: BootstrapToken;
  readonly #maxTries: number;
  /** `gone`: it gave up. */
  state: "active" | "done" | "gone" = "active";
  isWaiting = false;
  /** Milliseconds. */
  wakeAt = 0;
  lastTrouble = "";
  #keyNumber = 0;
  #tries = 0;
  #renewed = 0;
  #holding: Holding | undefined;
  #isToConfirm = false;

  constructor(label: string, plan: ClientPlan, token: BootstrapToken, maxTries: number) {
    this.label = label;
    this.plan = plan;
    this.nodeName = `n${plan.name}.example`;
    this.#token = token;
    this.#maxTries = maxTries;
  }

  next(): ModelRequest {
    this.isWaiting = true;
    const { nodeName } = this;
    const key = `${this.label}.${this.#keyNumber}`;
    const holding = this.#holding;
    const { signerName = KUBELET_CLIENT_SIGNER } = this.plan;
    if (holding === undefined) return { kind: "enrol", nodeName, key, token: this.#token, signerName };
    if (!this.#isToConfirm) return { kind: "renew", nodeName, key, holding };
    return { kind: this.plan.uses === true ? "use" : "confirm", nodeName, holding };
  }

  received(holding: Holding, now: number): void {
    if (this.#holding !== undefined) this.#renewed++;
    this.#holding = holding;
    this.#isToConfirm = this.plan.confirms || this.plan.uses === true;
    this.#keyNumber++;
    this.#goOn(now);
  }

  waits(now: number): void {
    if (this.plan.restarts === true && this.#tries % 3 === 2) this.#keyNumber++;
    this.#retry("waits", now + 20_000);
  }

  confirmed(now: number): void {
    this.#isToConfirm = false;
    this.#goOn(now);
  }

  /** A crash, a timeout, a fault, or an answer that got lost: it cannot know which. */
  heardNothing(now: number): void {
    if (!this.plan.keepsKey && !this.#isToConfirm) this.#keyNumber++;
    this.#retry("heard nothing", now + 1000);
  }

  refused(refusal: RefusalError, now: number): void {
    if (refusal.code === "token_spent") this.#tries = this.#maxTries;
    if (["request_voided", "request_denied", "certificate_revoked"].includes(refusal.code)) this.#keyNumber++;
    if (refusal.code === "certificate_revoked") this.#holding = undefined;
    if (refusal.code === "certificate_expired") {
      // As people do: a new token's certificate, with a new key.
      this.#holding = undefined;
      this.#keyNumber++;
    }
    // Superseded before it could confirm: the certificate may still be of use, so go on with it.
    if (this.#isToConfirm && refusal.code !== "request_in_progress") this.#isToConfirm = false;
    this.#retry(refusal.code, now + Math.min(refusal.retryAfterSeconds ?? 3, MAX_WAIT_SECONDS) * 1000);
  }

  #goOn(now: number): void {
    this.isWaiting = false;
    this.#tries = 0;
    this.wakeAt = now + 500;
    if (!this.#isToConfirm && this.#renewed >= this.plan.renewals) this.state = "done";
  }

  #retry(trouble: string, wakeAt: number): void {
    this.isWaiting = false;
    this.lastTrouble = trouble;
    this.wakeAt = wakeAt;
    if (++this.#tries >= this.#maxTries) this.state = "gone";
    else if (this.#holding !== undefined && !this.#isToConfirm && this.#renewed >= this.plan.renewals)
      this.state = "done";
  }
}
