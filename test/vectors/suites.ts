// Every suite, one for each file that is run.

import type { VectorSuite } from './harness.ts';
import { CURVE_SUITES } from './suites/curves.ts';
import { MAC_AND_KDF_SUITES } from './suites/mac-and-kdf.ts';
import { POST_QUANTUM_SUITES } from './suites/post-quantum.ts';
import { RSA_SUITES } from './suites/rsa.ts';
import { SYMMETRIC_SUITES } from './suites/symmetric.ts';

export const SUITES: readonly VectorSuite[] = [
  ...SYMMETRIC_SUITES,
  ...MAC_AND_KDF_SUITES,
  ...RSA_SUITES,
  ...CURVE_SUITES,
  ...POST_QUANTUM_SUITES,
];
