// Finite fields for sharing secrets. Elements are pieces of a key: in the two binary fields nothing branches on them or is looked up by them.

export interface Field {
  /** Of elements and their sums. */
  add(a: number, b: number): number;
  multiply(a: number, b: number): number;
  /** Of anything but zero. */
  invert(a: number): number;
  readonly bits: 8 | 16;
}

/** In GF(2)[x] modulo a polynomial of degree eight. */
function multiplyBytes(polynomial: number, a: number, b: number): number {
  let product = 0;
  let shifted = a;
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= shifted & -((b >> bit) & 1);
    shifted = (shifted << 1) ^ (polynomial & -(shifted >> 7));
  }
  return product;
}

/** x^8 + x^4 + x^3 + x^2 + 1. */
const OF_BYTES = 0x11d;
/** x^8 + x^4 + x^3 + x + 1, as of AES. */
const OF_HALVES = 0x11b;

export const GF256: Field = {
  bits: 8,
  add: (a, b) => a ^ b,
  multiply: (a, b) => multiplyBytes(OF_BYTES, a, b),
  invert: a => power(GF256, a, 0xfe),
};

/** y^2 + y + m over the field of the halves. */
const M = 0x3a;

export const GF65536: Field = {
  bits: 16,
  add: (a, b) => a ^ b,
  multiply(a, b) {
    const times = (x: number, y: number): number => multiplyBytes(OF_HALVES, x, y);
    const [u, v, w, z] = [a >> 8, a & 0xff, b >> 8, b & 0xff];
    // (uy + v)(wy + z), where y^2 is y + m.
    const squares = times(u, w);
    return ((squares ^ times(u, z) ^ times(v, w)) << 8) | (times(M, squares) ^ times(v, z));
  },
  invert: a => power(GF65536, a, 0xfffe),
};

/** By squaring: the inverse is the power of the order of the group less one. */
function power({ multiply }: Field, base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) === 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}
