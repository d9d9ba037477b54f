import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { weaknessOfModulus } from "../../../core/keys/rsa-modulus.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

/**
 * Weak moduli made on the spot by the constructions of the attacks. No prime is needed: every check looks at the
 * modulus alone, and each below is free of small factors, so that only the one weakness is there to be found.
 */
const SMALL_PRIMES = primesBelow(752);
const hasSmallFactor = (value: bigint): boolean => SMALL_PRIMES.some((prime) => value % prime === 0n);

function primesBelow(limit: number): bigint[] {
  const isPrime = (value: number): boolean =>
    !Array.from({ length: value }).some((_, at) => at > 1 && value % at === 0);
  return Array.from({ length: limit }, (_, value) => value)
    .filter((value) => value > 1 && isPrime(value))
    .map(BigInt);
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (let next = (root + value / root) / 2n; next < root; next = (root + value / root) / 2n) root = next;
  return root;
}

/** n = a² − b², where Fermat's method meets a after about `rounds` steps from √n: a − √(a² − b²) ≈ b² / 2a. */
function closeFactors(rounds: bigint): bigint {
  const a = (3n << 1022n) + 12_345n;
  for (let b = squareRoot(2n * a * rounds); ; b--) {
    if (!hasSmallFactor(a - b) && !hasSmallFactor(a + b)) return (a - b) * (a + b);
  }
}

/** Congruent to a power of 65537 modulo the product of the first primes, as the flawed library made its keys. */
function rocaModulus(): bigint {
  const product = primesBelow(168).reduce((all, prime) => all * prime, 1n);
  const power = Array.from({ length: 1000 }).reduce<bigint>((value) => (value * 65_537n) % product, 1n);
  for (let factor = (1n << 2047n) / product + 1n; ; factor++) {
    const modulus = power + factor * product;
    if (!hasSmallFactor(modulus)) return modulus;
  }
}

function soundModulus(bits: 2048 | 3072 | 4096): bigint {
  const { publicKey } = sharedKeyPair(`RSA-${bits}`);
  return BigInt(`0x${Buffer.from(String(publicKey.export({ format: "jwk" }).n), "base64url").toString("hex")}`);
}

describe("weaknessOfModulus", () => {
  it("finds nothing in keys that openssl made", () => {
    for (const bits of [2048, 3072, 4096] as const) assert.equal(weaknessOfModulus(soundModulus(bits)), undefined);
  });

  it("finds every prime factor below 752, and stops there", () => {
    const sound = soundModulus(2048);
    for (const prime of SMALL_PRIMES) assert.match(weaknessOfModulus(sound * prime) ?? "", /small prime factor/);
    assert.equal(weaknessOfModulus(sound * 757n), undefined);
  });

  it("finds the fingerprint of ROCA (CVE-2017-15361)", () => {
    const modulus = rocaModulus();
    assert.match(weaknessOfModulus(modulus) ?? "", /CVE-2017-15361/);
    let neighbour = modulus + 2n;
    while (hasSmallFactor(neighbour)) neighbour += 2n;
    assert.equal(weaknessOfModulus(neighbour), undefined);
  });

  it("finds two factors that Fermat's method reaches in 100 rounds", () => {
    for (const rounds of [1n, 50n, 100n]) {
      assert.match(weaknessOfModulus(closeFactors(rounds)) ?? "", /too close/, `${rounds} rounds`);
    }
  });

  it("finds a modulus that is a square", () => {
    let root = 3n << 1022n;
    while (hasSmallFactor(root)) root++;
    assert.match(weaknessOfModulus(root * root) ?? "", /too close/);
  });

  it("gives up after 110 rounds: farther factors are not known to be weak", () => {
    assert.equal(weaknessOfModulus(closeFactors(1000n)), undefined);
  });
});
