// Names that a version, or a published test case, spells in another way than the tables beside. Read in every version; written in the
// versions given, where there are some. Data only.

import type { VersionSpan } from '../versions.ts';

export interface Spelling {
  readonly value: number;
  readonly text: string;
  /** Undefined for what is only read: a misprint, or a variant of a test case. */
  readonly versions?: VersionSpan;
}

export const SPELLINGS: Readonly<Record<string, readonly Spelling[]>> = {
  CryptographicUsageMask: [{ value: 0x400, text: 'ContentCommitment' }],
  DigitalSignatureAlgorithm: [
    { value: 0x01, text: 'MD2WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x02, text: 'MD5WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x03, text: 'SHA_1WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x04, text: 'SHA_224WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x05, text: 'SHA_256WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x06, text: 'SHA_384WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x07, text: 'SHA_512WithRSAEncryptionPKCS_1V1_5', versions: '1.1-1.4' },
    { value: 0x08, text: 'RSASSA_PSSPKCS_1V2_1', versions: '1.1-1.4' },
  ],
  HashingAlgorithm: [
    { value: 0x0e, text: 'SHA_3_224', versions: '1.4-1.4' },
    { value: 0x0f, text: 'SHA_3_256', versions: '1.4-1.4' },
    { value: 0x10, text: 'SHA_3_384', versions: '1.4-1.4' },
    { value: 0x11, text: 'SHA_3_512', versions: '1.4-1.4' },
  ],
  MaskGenerator: [{ value: 0x01, text: 'MFG1' }],
  ResultReason: [{ value: 0x39, text: 'NotAuthorized' }],
};
