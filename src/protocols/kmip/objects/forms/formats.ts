// Which Key Format Type an object has where nobody has chosen one, and what the formats of one version are called in another.

import { isKeyOf } from '../../../../base/table.ts';
import type { ValueName, Version } from '../../../../wire/ttlv/index.ts';
import type { IdentifiedKey } from './algorithms.ts';
import { CURVES } from './curves.ts';

type KeyFormat = ValueName<'KeyFormatType'>;

/** KMIP 2.1 section 4.26: of keys of pairs that were made here. Those that have no transparent form are given in their envelope. */
export function usualFormat(
  half: 'PrivateKey' | 'PublicKey',
  { algorithm, curve }: Pick<IdentifiedKey, 'algorithm' | 'curve'>,
): KeyFormat {
  if (algorithm === 'RSA') return 'PKCS_1';
  if (curve !== undefined && isKeyOf(CURVES, curve))
    return half === 'PrivateKey' ? 'TransparentECPrivateKey' : 'TransparentECPublicKey';
  return half === 'PrivateKey' ? 'PKCS_8' : 'X_509';
}

/** Whether a key of a pair that is made here can be given in a format. */
export function hasFormat(
  half: 'PrivateKey' | 'PublicKey',
  key: Pick<IdentifiedKey, 'algorithm' | 'curve'>,
  format: KeyFormat,
): boolean {
  const isPrivate = half === 'PrivateKey';
  const [envelope, numbers] = isPrivate
    ? (['PKCS_8', 'TransparentRSAPrivateKey'] as const)
    : (['X_509', 'TransparentRSAPublicKey'] as const);
  if (format === envelope || format === usualFormat(half, key)) return true;
  if (key.algorithm === 'RSA') return format === numbers;
  return isPrivate && format === 'ECPrivateKey' && key.curve !== undefined && isKeyOf(CURVES, key.curve);
}

/** Transparent EC keys have a name for each purpose up to 1.2, either up to 1.4, and one for all from 2.0 on. */
export function formatIn(version: Version, format: KeyFormat): KeyFormat {
  if (version < '1.3' && format === 'TransparentECPrivateKey') return 'TransparentECDSAPrivateKey';
  if (version < '1.3' && format === 'TransparentECPublicKey') return 'TransparentECDSAPublicKey';
  if (version < '2.0') return format;
  return format.replace(/^TransparentEC(?:DSA|DH|MQV)(?=P)/, 'TransparentEC') as KeyFormat;
}
