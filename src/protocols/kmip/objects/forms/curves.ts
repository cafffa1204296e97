// Elliptic curves by the name that KMIP recommends them under, with their object identifiers (SEC 2 section 2, RFC 5639 section 4.1): those
// that the core computes on, and those whose keys are guarded and written in another form where that is wanted.

import { tableKeys } from '../../../../base/table.ts';
import type { KeyAlgorithm } from '../../../../domain/algorithms.ts';
import type { ValueName } from '../../../../wire/ttlv/index.ts';

export type Curve = ValueName<'RecommendedCurve'>;

export interface CurveRow {
  readonly identifier: string;
  /** Of the field, and so of a coordinate. */
  readonly bits: number;
  /** Of the order, which may be longer or shorter than the field: a private key is as long. */
  readonly orderBits?: number;
  readonly core?: KeyAlgorithm;
}

const CERTICOM = '1.3.132.0';
const BRAINPOOL = '1.3.36.3.3.2.8.1.1';
const X962_PRIME = '1.2.840.10045.3.1';

export const CURVES = {
  P_192: { identifier: `${X962_PRIME}.1`, bits: 192 },
  K_163: { identifier: `${CERTICOM}.1`, bits: 163 },
  B_163: { identifier: `${CERTICOM}.15`, bits: 163 },
  P_224: { identifier: `${CERTICOM}.33`, bits: 224, core: 'ec-p224' },
  K_233: { identifier: `${CERTICOM}.26`, bits: 233, orderBits: 232 },
  B_233: { identifier: `${CERTICOM}.27`, bits: 233 },
  P_256: { identifier: `${X962_PRIME}.7`, bits: 256, core: 'ec-p256' },
  K_283: { identifier: `${CERTICOM}.16`, bits: 283, orderBits: 281 },
  B_283: { identifier: `${CERTICOM}.17`, bits: 283, orderBits: 282 },
  P_384: { identifier: `${CERTICOM}.34`, bits: 384, core: 'ec-p384' },
  K_409: { identifier: `${CERTICOM}.36`, bits: 409, orderBits: 407 },
  B_409: { identifier: `${CERTICOM}.37`, bits: 409 },
  P_521: { identifier: `${CERTICOM}.35`, bits: 521, core: 'ec-p521' },
  K_571: { identifier: `${CERTICOM}.38`, bits: 571, orderBits: 570 },
  B_571: { identifier: `${CERTICOM}.39`, bits: 571, orderBits: 570 },
  SECP192K1: { identifier: `${CERTICOM}.31`, bits: 192 },
  SECP224K1: { identifier: `${CERTICOM}.32`, bits: 224, orderBits: 225 },
  SECP256K1: { identifier: `${CERTICOM}.10`, bits: 256, core: 'ec-secp256k1' },
  BRAINPOOLP256R1: { identifier: `${BRAINPOOL}.7`, bits: 256 },
  BRAINPOOLP256T1: { identifier: `${BRAINPOOL}.8`, bits: 256 },
  BRAINPOOLP320R1: { identifier: `${BRAINPOOL}.9`, bits: 320 },
  BRAINPOOLP320T1: { identifier: `${BRAINPOOL}.10`, bits: 320 },
  BRAINPOOLP384R1: { identifier: `${BRAINPOOL}.11`, bits: 384 },
  BRAINPOOLP384T1: { identifier: `${BRAINPOOL}.12`, bits: 384 },
  BRAINPOOLP512R1: { identifier: `${BRAINPOOL}.13`, bits: 512 },
  BRAINPOOLP512T1: { identifier: `${BRAINPOOL}.14`, bits: 512 },
} as const satisfies Partial<Record<Curve, CurveRow>>;

export type NamedCurve = keyof typeof CURVES;

const ROWS: Readonly<Record<NamedCurve, CurveRow>> = CURVES;

export function curveRow(curve: NamedCurve): CurveRow {
  return ROWS[curve];
}

export function curveOfIdentifier(identifier: string): NamedCurve | undefined {
  return tableKeys(ROWS).find(curve => ROWS[curve].identifier === identifier);
}

/** The curve of that many bits which NIST recommends for primes: what a length alone means. */
export function primeCurveOf(bits: number): NamedCurve | undefined {
  return tableKeys(ROWS).find(curve => curve.startsWith('P_') && ROWS[curve].bits === bits);
}

/** Bytes of a private key (SEC 1 section C.4: as long as the order). */
export function scalarBytes({ bits, orderBits = bits }: CurveRow): number {
  return Math.ceil(orderBits / 8);
}
