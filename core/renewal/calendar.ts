/**
 * The renewals that one instance of the function has booked, by the minute, so that a fleet's renewals are even. Ten
 * thousand nodes placed by a hash alone are a Poisson process: the worst minute of a month has over twice the mean. So
 * the hash gives the rough time, and the calendar evens out the minutes around it. It lives as long as the instance.
 * Several instances each even out their own share, and a new one still has the hash.
 */
export interface RenewalCalendar {
  /** Books the emptiest minute near the wanted time, or the nearest of equally empty ones. */
  bookNear(wanted: Date, bounds: CalendarBounds, reachSeconds: number): Date;
  /**
   * Books the emptiest minute between the bounds. Late minutes count as emptier: certificates with time left are placed
   * late and leave the near minutes to the urgent ones.
   *
   * @param place in [0, 1): chooses among equals
   */
  bookBetween(bounds: CalendarBounds, place: number): Date;
}

export interface CalendarBounds {
  readonly earliest: Date;
  readonly latest: Date;
}

const MINUTE_MILLISECONDS = 60_000;

/** A Map of this many small numbers takes about 8 MB. Beyond it the calendar starts again: only evenness is lost. */
const MOST_MINUTES = 200_000;

export function renewalCalendar(): RenewalCalendar {
  const promises = new Map<number, number>();
  const countOf = (minute: number): number => promises.get(minute) ?? 0;
  const promise = (minute: number): void => {
    if (promises.size >= MOST_MINUTES) promises.clear();
    promises.set(minute, countOf(minute) + 1);
  };

  return {
    bookNear: (wanted, bounds, reachSeconds) => {
      const at = Math.max(bounds.earliest.getTime(), Math.min(wanted.getTime(), bounds.latest.getTime()));
      const own = minuteOf(at);
      const [first, last] = wholeMinutes(
        Math.max(bounds.earliest.getTime(), at - reachSeconds * 1000),
        Math.min(bounds.latest.getTime(), at + reachSeconds * 1000),
      );
      let [best, fewest] = [own, countOf(own)];
      for (let distance = 1; fewest > 0 && (own - distance >= first || own + distance <= last); distance++) {
        for (const minute of [own + distance, own - distance]) {
          if (minute < first || minute > last || countOf(minute) >= fewest) continue;
          [best, fewest] = [minute, countOf(minute)];
        }
      }
      promise(best);
      return new Date(at + (best - own) * MINUTE_MILLISECONDS);
    },

    bookBetween: ({ earliest, latest }, place) => {
      const [first, last] = wholeMinutes(earliest.getTime(), latest.getTime());
      if (first > last) return new Date(earliest.getTime() + (latest.getTime() - earliest.getTime()) * place);
      const count = last - first + 1;
      let [best, least] = [first, Infinity];
      for (let step = 0; step < count; step++) {
        const offset = (Math.floor(place * count) + step) % count;
        const load = (countOf(first + offset) + 1) / (1 + offset / count);
        if (load < least) [best, least] = [first + offset, load];
      }
      promise(best);
      return new Date((best + place) * MINUTE_MILLISECONDS);
    },
  };
}

/** The first and the last whole minute between two times. The first is after the last when there is none. */
function wholeMinutes(from: number, until: number): [first: number, last: number] {
  return [Math.ceil(from / MINUTE_MILLISECONDS), minuteOf(until) - 1];
}

function minuteOf(milliseconds: number): number {
  return Math.floor(milliseconds / MINUTE_MILLISECONDS);
}
