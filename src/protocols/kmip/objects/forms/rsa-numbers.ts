// The numbers that an RSA key is, and those that a client has left out (RFC 8017 section 3.2, SP 800-56B appendix C.2). They are computed as bigints, which
// cannot be wiped, and in time that depends on them: once, while the key is taken in, and only for those who leave something out.

import { type Bytes, hex } from '../../../../base/bytes.ts';

/** Magnitudes, most significant byte first. */
export interface RsaPublicKey {
  readonly modulus: Bytes;
  readonly publicExponent: Bytes;
}

export interface RsaPrivateKey extends RsaPublicKey {
  readonly privateExponent: Bytes;
  readonly p: Bytes;
  readonly q: Bytes;
  readonly primeExponentP: Bytes;
  readonly primeExponentQ: Bytes;
  readonly crtCoefficient: Bytes;
}

export type GivenRsaKey = Pick<RsaPrivateKey, 'modulus'> & {
  readonly [Name in keyof RsaPrivateKey]?: RsaPrivateKey[Name] | undefined;
};

/** Of a number that is computed with: longer ones would keep everybody waiting. No key that is in use has as many. */
const NUMBER_BYTES_MAX = 2_048;

/** Undefined where what is given does not determine the key, or has numbers of unheard-of length. That the numbers fit together is checked by whoever computes with them. */
export function completeRsaKey(given: GivenRsaKey): RsaPrivateKey | undefined {
  const { modulus, privateExponent, publicExponent, p, q } = given;
  const { primeExponentP, primeExponentQ, crtCoefficient } = given;
  if (privateExponent && publicExponent && p && q && primeExponentP && primeExponentQ && crtCoefficient)
    return { modulus, privateExponent, publicExponent, p, q, primeExponentP, primeExponentQ, crtCoefficient };
  if (Object.values(given).some(number => number !== undefined && number.length > NUMBER_BYTES_MAX))
    return undefined;
  const primes = primesOf(given);
  if (primes === undefined) return undefined;
  const exponents = exponentsOf(given, primes);
  const coefficient = inverse(primes.q, primes.p);
  if (exponents === undefined || coefficient === undefined) return undefined;
  return {
    modulus,
    publicExponent: bytesOf(exponents.e),
    privateExponent: bytesOf(exponents.d),
    p: bytesOf(primes.p),
    q: bytesOf(primes.q),
    primeExponentP: bytesOf(exponents.d % (primes.p - 1n)),
    primeExponentQ: bytesOf(exponents.d % (primes.q - 1n)),
    crtCoefficient: bytesOf(coefficient),
  };
}

interface Primes {
  readonly p: bigint;
  readonly q: bigint;
}

function primesOf({ modulus, privateExponent, publicExponent, p, q }: GivenRsaKey): Primes | undefined {
  const n = numberOf(modulus);
  const one = p ?? q;
  if (one !== undefined) {
    const first = numberOf(one);
    if (first <= 1n || n % first !== 0n || n / first <= 1n) return undefined;
    return p === undefined ? { p: n / first, q: first } : { p: first, q: n / first };
  }
  if (privateExponent === undefined || publicExponent === undefined) return undefined;
  return factored(n, numberOf(publicExponent), numberOf(privateExponent));
}

/** A private exponent may be that of the least common multiple: then the greatest common divisor is small, or nobody chose the primes well. */
const DIVISOR_MAX = 64n;

/** The primes by way of their sum: e d - 1 is a multiple of (p - 1)(q - 1), or a small divisor of it away from one. */
function factored(n: bigint, e: bigint, d: bigint): Primes | undefined {
  const multiple = e * d - 1n;
  if (multiple <= 0n || n <= 3n) return undefined;
  for (let divisor = 1n; divisor <= DIVISOR_MAX; divisor += 1n) {
    const times = (divisor * multiple) / n + 1n;
    if ((divisor * multiple) % times !== 0n) continue;
    const totient = (divisor * multiple) / times;
    const sum = n - totient + 1n;
    const discriminant = sum * sum - 4n * n;
    if (discriminant < 0n) continue;
    const root = squareRoot(discriminant);
    const p = (sum + root) / 2n;
    if (p > 1n && p < n && n % p === 0n) return { p, q: n / p };
  }
  return undefined;
}

function exponentsOf(
  { publicExponent, privateExponent }: GivenRsaKey,
  { p, q }: Primes,
): { readonly e: bigint; readonly d: bigint } | undefined {
  const totient = (p - 1n) * (q - 1n);
  const [e, d] = [publicExponent, privateExponent].map(given => given && numberOf(given));
  if (e !== undefined && d !== undefined) return { e, d };
  if (e !== undefined) {
    const computed = inverse(e, totient);
    return computed === undefined ? undefined : { e, d: computed };
  }
  if (d === undefined) return undefined;
  // The private exponent may have been reduced by a divisor of the totient: the public one is the same then, being smaller than both.
  const computed = inverse(d % totient, totient / commonDivisor(p - 1n, q - 1n));
  return computed === undefined ? undefined : { e: computed, d };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}

function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [previous, current] = [modulus, ((value % modulus) + modulus) % modulus];
  let [before, factor] = [0n, 1n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [before, factor] = [factor, before - quotient * factor];
  }
  return previous === 1n ? ((before % modulus) + modulus) % modulus : undefined;
}

/** The largest whole number whose square is not larger, by Newton's method. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}

function numberOf(bytes: Bytes): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

function bytesOf(value: bigint): Bytes {
  const digits = value.toString(16);
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'));
}
