// KMIP's words for what the core names in its own, and back: algorithms, usages, states, reasons.

import { must } from '../../base/assert.ts';
import { tableKeys } from '../../base/table.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm, type KeyFamily, type KeyUsage } from '../../domain/algorithms.ts';
import type { Key } from '../../domain/key.ts';
import type { KeyState } from '../../domain/key-state.ts';
import { type RevocationReason, wasCompromised } from '../../domain/revocation.ts';
import type { UsageUnit } from '../../domain/usage-limit.ts';
import { type BitName, maskOf, type ValueName } from '../../wire/ttlv/index.ts';

export type Algorithm = ValueName<'CryptographicAlgorithm'>;
export type State = ValueName<'State'>;

interface AlgorithmRow {
  readonly core: readonly KeyAlgorithm[];
}

/** Symmetric algorithms that the core computes with. What is in neither table is guarded, and nothing computed with it. */
const COMPUTED = {
  // Of 512 bits it is the two keys of XTS, one behind the other; those of 256 are two objects of KMIP.
  AES: { core: ['aes-128', 'aes-192', 'aes-256', 'aes-256-xts'] },
  ChaCha20: { core: ['chacha20'] },
  ChaCha20Poly1305: { core: ['chacha20'] },
  DES3: { core: ['des-ede3'] },
  Camellia: { core: ['camellia-128', 'camellia-192', 'camellia-256'] },
  HMAC_SHA1: { core: ['hmac-sha-1'] },
  HMAC_SHA224: { core: ['hmac-sha-224'] },
  HMAC_SHA256: { core: ['hmac-sha-256'] },
  HMAC_SHA384: { core: ['hmac-sha-384'] },
  HMAC_SHA512: { core: ['hmac-sha-512'] },
  HMAC_SHA3_224: { core: ['hmac-sha3-224'] },
  HMAC_SHA3_256: { core: ['hmac-sha3-256'] },
  HMAC_SHA3_384: { core: ['hmac-sha3-384'] },
  HMAC_SHA3_512: { core: ['hmac-sha3-512'] },
} as const satisfies Partial<Record<Algorithm, AlgorithmRow>>;

type ComputedAlgorithm = keyof typeof COMPUTED;
const ROWS: Readonly<Partial<Record<Algorithm, AlgorithmRow>>> = COMPUTED;

/** Of symmetric keys that the core has no name for, by the lengths in bits that may be made here. Their parity is nobody's concern. */
const GUARDED: Readonly<Partial<Record<Algorithm, readonly number[]>>> = {
  DES: [56, 64],
  DES3: [112, 128],
  Blowfish: [128, 256, 448],
  CAST5: [128],
  Twofish: [128, 192, 256],
  MARS: [128, 192, 256],
  IDEA: [128],
  RC2: [128],
  RC4: [128],
  RC5: [128],
  Poly1305: [256],
  SKIPJACK: [80],
};

/** The core's algorithm of a symmetric key; `opaque` where the core guards it only; undefined where no such key exists. */
export function coreAlgorithm(algorithm: Algorithm, bits: number): KeyAlgorithm | undefined {
  const computed = ROWS[algorithm]?.core.find(candidate => {
    const facts = KEY_ALGORITHMS[candidate];
    return facts.kind === 'symmetric' && isWithin(materialBytes(algorithm, bits), facts.materialBytes);
  });
  return computed ?? (GUARDED[algorithm]?.includes(bits) ? 'opaque' : undefined);
}

function isWithin(bytes: number, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return Number.isInteger(bytes) && min <= bytes && bytes <= max;
}

/** What a key of so many bits weighs: DES keys have a bit of parity in each byte, which their length leaves out. */
export function materialBytes(algorithm: Algorithm, bits: number): number {
  const isDes = algorithm === 'DES' || algorithm === 'DES3';
  return isDes && bits % 7 === 0 ? bits / 7 : bits / 8;
}

const FAMILIES: Readonly<Partial<Record<KeyFamily, Algorithm>>> = {
  aes: 'AES',
  'aes-xts': 'AES',
  chacha20: 'ChaCha20',
};

/** Of a symmetric key that another protocol has made; undefined where KMIP has no word. */
export function algorithmOfKey({ algorithm }: Pick<Key, 'algorithm'>): Algorithm | undefined {
  const named = tableKeys<ComputedAlgorithm>(COMPUTED).find(name => ROWS[name]?.core.includes(algorithm));
  return named ?? FAMILIES[KEY_ALGORITHMS[algorithm].family];
}

export type UsageBit = BitName<'CryptographicUsageMask'>;

/** The bits that allow a usage; what is allowed is told by the first. KMIP has none for encapsulation: those of what it is for stand in. */
const USAGE_BITS: Readonly<Record<KeyUsage, readonly [UsageBit, ...UsageBit[]]>> = {
  encrypt: ['Encrypt'],
  decrypt: ['Decrypt'],
  sign: ['Sign', 'ContentCommitmentNonRepudiation'],
  verify: ['Verify', 'ContentCommitmentNonRepudiation', 'CertificateSign', 'CRLSign'],
  certify: ['CertificateSign'],
  mac: ['MACGenerate'],
  verifyMac: ['MACVerify'],
  wrap: ['WrapKey'],
  unwrap: ['UnwrapKey'],
  agree: ['KeyAgreement'],
  derive: ['DeriveKey'],
  encapsulate: ['KeyAgreement', 'WrapKey', 'Encrypt'],
  decapsulate: ['KeyAgreement', 'UnwrapKey', 'Decrypt'],
};

/** Of those that the algorithm has, the ones that the mask allows. Bits that the core has no word for are kept beside the key. */
export function usagesOfMask(mask: number, algorithm: KeyAlgorithm): readonly KeyUsage[] {
  return KEY_ALGORITHMS[algorithm].usages.filter(
    usage => (mask & maskOf('CryptographicUsageMask', USAGE_BITS[usage])) !== 0,
  );
}

export function maskOfUsages(usages: readonly KeyUsage[]): number {
  return maskOf(
    'CryptographicUsageMask',
    usages.map(usage => USAGE_BITS[usage][0]),
  );
}

/** A key that another protocol has disabled is the nearest thing to one that is deactivated: KMIP knows no way back. */
const STATES: Readonly<Record<KeyState, State>> = {
  preActive: 'PreActive',
  active: 'Active',
  suspended: 'Deactivated',
  deactivated: 'Deactivated',
  compromised: 'Compromised',
  destroyed: 'Destroyed',
};

/** The states of keys that are told as one of these. */
export function storedStates(states: readonly (State | undefined)[]): readonly KeyState[] {
  return tableKeys(STATES).filter(state =>
    states.every(
      name => name === STATES[state] || (name === 'DestroyedCompromised' && state === 'destroyed'),
    ),
  );
}

/** Of a key whose state is that of the clock. */
export function stateOfKey(key: Pick<Key, 'state' | 'revocation'>): State {
  return key.state === 'destroyed' && wasCompromised(key) ? 'DestroyedCompromised' : STATES[key.state];
}

export const REASONS = {
  Unspecified: 'unspecified',
  KeyCompromise: 'keyCompromise',
  CACompromise: 'caCompromise',
  AffiliationChanged: 'affiliationChanged',
  Superseded: 'superseded',
  CessationOfOperation: 'cessationOfOperation',
  PrivilegeWithdrawn: 'privilegeWithdrawn',
} as const satisfies Readonly<Record<ValueName<'RevocationReasonCode'>, RevocationReason>>;

export function reasonCode(reason: RevocationReason): ValueName<'RevocationReasonCode'> {
  return must(
    tableKeys(REASONS).find(code => REASONS[code] === reason),
    'every reason has a code',
  );
}

export const USAGE_UNITS = {
  Byte: 'bytes',
  Object: 'operations',
} as const satisfies Readonly<Record<ValueName<'UsageLimitsUnit'>, UsageUnit>>;

export function usageUnit(unit: UsageUnit): ValueName<'UsageLimitsUnit'> {
  return unit === 'bytes' ? 'Byte' : 'Object';
}

/** KMIP counts seconds, and the core milliseconds. */
export function secondsOf(instantMs: number): number {
  return Math.floor(instantMs / 1000);
}
