// The generator of this server: that of OpenSSL, seeded by the operating system (SP 800-90A, CTR_DRBG with AES-256).

import { make, type TtlvField } from '../../wire/ttlv/index.ts';

export const GENERATOR: readonly TtlvField[] = [
  make.enumeration('RNGAlgorithm', 'DRBG'),
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 256),
  make.enumeration('DRBGAlgorithm', 'CTR'),
];
