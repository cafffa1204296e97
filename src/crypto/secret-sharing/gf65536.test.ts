// The field of two bytes, proven by another way to compute in it: no parts of it are published. Here an element is what the specification
// says it is (KMIP 1.4 section 2.2.5, 2.1 section 2.8): a polynomial in x and y with bits for coefficients, multiplied term by term, in which
// y^2 is y + m with m = x^5 + x^4 + x^3 + x, and x^8 is x^4 + x^3 + x + 1 (FIPS 197 section 4.2). No code is shared with what is tested.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hex } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { GF65536 } from './fields.ts';
import { joinSecret, splitSecret } from './share.ts';

/** The terms that are there: `xi yj`. */
type Polynomial = ReadonlySet<string>;

const term = (i: number, j: number): string => `${i},${j}`;

function plus(...polynomials: readonly Polynomial[]): Polynomial {
  const sum = new Set<string>();
  for (const each of polynomials.flatMap(polynomial => [...polynomial])) {
    if (!sum.delete(each)) sum.add(each);
  }
  return sum;
}

const exponents = (each: string): readonly [number, number] => {
  const [i = 0, j = 0] = each.split(',').map(Number);
  return [i, j];
};

function times(a: Polynomial, b: Polynomial): Polynomial {
  const products = [...a].flatMap(left =>
    [...b].map(right => {
      const [[i, j], [k, l]] = [exponents(left), exponents(right)];
      return new Set([term(i + k, j + l)]);
    }),
  );
  return reduced(plus(...products));
}

/** Replaces one term that is too high after the other, until there is none. */
function reduced(polynomial: Polynomial): Polynomial {
  for (const each of polynomial) {
    const [i, j] = exponents(each);
    const lower =
      j >= 2
        ? [term(i, j - 1), ...[5, 4, 3, 1].map(m => term(i + m, j - 2))]
        : i >= 8
          ? [4, 3, 1, 0].map(power => term(i - 8 + power, j))
          : undefined;
    if (lower !== undefined) return reduced(plus(polynomial, new Set([each]), new Set(lower)));
  }
  return polynomial;
}

/** The first byte is what stands at y, the second one what stands without it; bit n is x^n. */
function polynomialOf(element: number): Polynomial {
  const bits = Array.from({ length: 16 }, (_, bit) => bit).filter(bit => ((element >> bit) & 1) === 1);
  return new Set(bits.map(bit => term(bit % 8, bit < 8 ? 0 : 1)));
}

function elementOf(polynomial: Polynomial): number {
  return [...polynomial].reduce((sum, each) => {
    const [i, j] = exponents(each);
    return sum | (1 << (8 * j + i));
  }, 0);
}

const product = (a: number, b: number): number => elementOf(times(polynomialOf(a), polynomialOf(b)));
const power = (a: number, exponent: number): number =>
  exponent === 0
    ? 1
    : exponent % 2 === 1
      ? product(a, power(a, exponent - 1))
      : power(product(a, a), exponent / 2);

/** The value at a place of the polynomial with these coefficients, the constant first. */
const valueAt = (coefficients: readonly number[], place: number): number =>
  coefficients.reduce((sum, coefficient, exponent) => sum ^ product(coefficient, power(place, exponent)), 0);

const piecesOf = (bytes: Uint8Array): readonly number[] =>
  Array.from({ length: bytes.length / 2 }, (_, at) => 256 * (bytes[2 * at] ?? 0) + (bytes[2 * at + 1] ?? 0));
const bytesOf = (pieces: readonly number[]): Uint8Array =>
  Uint8Array.from(pieces.flatMap(piece => [piece >> 8, piece & 0xff]));

test('elements are multiplied as polynomials are', () => {
  // Every pair of basis elements: the rest follows, as multiplying distributes over adding.
  for (let a = 0; a < 16; a += 1) {
    for (let b = 0; b < 16; b += 1)
      assert.equal(GF65536.multiply(1 << a, 1 << b), product(1 << a, 1 << b), `${a} ${b}`);
  }
  const random = piecesOf(randomBytes(800));
  for (const [at, a] of random.entries()) {
    const b = random[random.length - 1 - at] ?? 0;
    assert.equal(GF65536.multiply(a, b), product(a, b), `${a} ${b}`);
  }
  assert.equal(product(0x0100, 0x0100), 0x013a);
  assert.equal(product(0x57, 0x83), 0xc1);
});

test('it is a field: the polynomial of y has no root, and something generates all that is not zero', () => {
  for (let root = 0; root < 256; root += 1)
    assert.notEqual(product(root, root) ^ root, 0x3a, `${root} would be a root`);
  const order = 65_535;
  const generates = (a: number): boolean =>
    power(a, order) === 1 && [3, 5, 17, 257].every(prime => power(a, order / prime) !== 1);
  const generator = Array.from({ length: 64 }, (_, at) => 0x0100 + at).find(generates);
  assert.ok(generator !== undefined);
  assert.equal(GF65536.multiply(generator, GF65536.invert(generator)), 1);
});

const sharing = { method: 'gf65536', parts: 5, threshold: 3 } as const;

test('parts that were made term by term are joined', async () => {
  const secret = Uint8Array.from({ length: 16 }, (_, at) => at);
  const coefficients = piecesOf(secret).map((piece, at) => [piece, 0xbeef ^ (0x1111 * at), 0x8001 + at]);
  const part = (number: number) => ({
    number,
    share: bytesOf(coefficients.map(each => valueAt(each, number))),
  });
  // Kept, so that others can try theirs; the formulas of the specification give them as well.
  assert.deepEqual(
    [1, 2, 5].map(number => hex(part(number).share)),
    [
      '3eef2dff18cb0bdf72a761b75483479f',
      '51c071ec118831b4d150f17c9118b104',
      '286e7f0a86e2d1c26f6d3809c1e19649',
    ],
  );
  for (const pick of [
    [1, 2, 3],
    [5, 1, 4],
    [2, 4, 5],
  ]) {
    const joined = await joinSecret(pick.map(part), sharing, 16);
    assert.equal(hex(revealSecretBytes(joined)), hex(secret), pick.join(' '));
  }
});

test('parts that are made here lie on one polynomial of the degree of the threshold less one', async () => {
  const secret = randomBytes(32);
  const shares = (await splitSecret(secret, sharing)).map(each => piecesOf(revealSecretBytes(each)));
  for (const [at, piece] of piecesOf(secret).entries()) {
    // Three points make the polynomial; it is the secret at zero, and goes through the other two.
    const points = [1, 2, 3].map(number => [number, shares[number - 1]?.[at] ?? 0] as const);
    const through = (place: number): number =>
      points.reduce((sum, [number, value]) => {
        const weight = points
          .filter(([other]) => other !== number)
          .reduce(
            (whole, [other]) => product(whole, product(place ^ other, power(number ^ other, 65_534))),
            1,
          );
        return sum ^ product(value, weight);
      }, 0);
    assert.equal(through(0), piece);
    for (const number of [4, 5]) assert.equal(through(number), shares[number - 1]?.[at]);
  }
});
