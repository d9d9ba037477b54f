/** Cheap checks (0.1 ms) that catch RSA keys whose factors are easy to find, as broken key generators make them. */

/** Boulder's `goodkey` bound: no prime factor below 752. */
const SMALL_PRIMES = primesBelow(752);

/** Boulder's number of rounds: primes closer than this many steps fall to Fermat's method at once. */
const FERMAT_ROUNDS = 110;

/** What is wrong with a modulus, or undefined when nothing is known to be. */
export function weaknessOfModulus(modulus: bigint): string | undefined {
  if (SMALL_PRIMES.some((prime) => modulus % BigInt(prime) === 0n)) return "its modulus has a small prime factor";
  if (hasRocaFingerprint(modulus)) return "its modulus has the fingerprint of CVE-2017-15361 (ROCA)";
  if (hasCloseFactors(modulus)) return "its two primes are too close to each other (Fermat factorization)";
  return undefined;
}

function primesBelow(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate < limit; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

/**
 * Modulo each of these primes, a modulus of the flawed library is a power of 65537. (Nemec et al., "The Return of
 * Coppersmith's Attack", 2017, section 4.1.)
 */
const ROCA_PRIMES = primesBelow(168).slice(1);
const ROCA_RESIDUES = ROCA_PRIMES.map((prime) => {
  const residues = new Set<number>();
  for (let power = 1 % prime; !residues.has(power); power = (power * 65537) % prime) residues.add(power);
  return residues;
});

function hasRocaFingerprint(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime, index) => ROCA_RESIDUES[index]?.has(Number(modulus % BigInt(prime))));
}

function hasCloseFactors(modulus: bigint): boolean {
  let a = integerSquareRoot(modulus);
  if (a * a < modulus) a += 1n;
  for (let round = 0; round < FERMAT_ROUNDS; round++, a += 1n) {
    if (isSquare(a * a - modulus)) return true;
  }
  return false;
}

/**
 * Squares have few remainders. These filters reject 99 of 100 numbers before the root, which costs a hundred times
 * more.
 */
const SQUARE_FILTERS = [64, 63, 65, 11].map((divisor) => ({
  divisor,
  remainders: new Set(Array.from({ length: divisor }, (_, root) => (root * root) % divisor)),
}));
const SQUARE_FILTER_PERIOD = 64n * 63n * 65n * 11n;

function isSquare(value: bigint): boolean {
  const remainder = Number(value % SQUARE_FILTER_PERIOD);
  if (SQUARE_FILTERS.some(({ divisor, remainders }) => !remainders.has(remainder % divisor))) return false;
  const root = integerSquareRoot(value);
  return root * root === value;
}

/** Newton's method, starting from above. */
function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(16).length * 4 + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
