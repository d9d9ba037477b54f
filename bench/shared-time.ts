import type { Clock } from "../agent/program/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * One virtual clock for many tasks. The next task to wake runs until it sleeps again or ends; no time passes meanwhile.
 */
export class SharedTime implements Clock {
  readonly #start: number;
  #elapsed = 0;
  #order = 0;
  /** A binary heap, the earliest first. */
  readonly #sleepers: Sleeper[] = [];
  #yielded: (() => void) | undefined;

  constructor(start: Date) {
    this.#start = start.getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#elapsed);
  }

  elapsedMilliseconds(): number {
    return this.#elapsed;
  }

  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#push({ at: this.#elapsed + milliseconds, order: this.#order++, wake: resolve });
      this.#yielded?.();
    });
  }

  /** A task that begins when `run` is called. It may wait only for this clock, and for what takes no time. */
  start(act: () => Promise<void>): void {
    this.#push({
      at: this.#elapsed,
      order: this.#order++,
      wake: () => {
        void act().finally(() => this.#yielded?.());
      },
    });
  }

  /** Runs until every task has ended. */
  async run(): Promise<void> {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      this.#elapsed = next.at;
      const { wake } = next;
      await new Promise<void>((resolve) => {
        this.#yielded = resolve;
        wake();
      });
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    heap.push(sleeper);
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index], heap[parent])) return;
      swap(heap, index, parent);
      index = parent;
    }
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    if (heap.length === 0) return undefined;
    swap(heap, 0, heap.length - 1);
    const first = heap.pop();
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = right < heap.length && isBefore(heap[right], heap[left]) ? right : left;
      if (child >= heap.length || !isBefore(heap[child], heap[index])) return first;
      swap(heap, index, child);
      index = child;
    }
  }
}

function isBefore(one: Sleeper | undefined, other: Sleeper | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function swap(heap: Sleeper[], one: number, other: number): void {
  const [first, second] = [heap[one], heap[other]];
  if (first === undefined || second === undefined) return;
  heap[one] = second;
  heap[other] = first;
}
