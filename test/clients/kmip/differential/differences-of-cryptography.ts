// Where this server computes otherwise than PyKMIP's on purpose, by the reason.

import type { Case } from './compare.ts';

export const PARAMETERS = /\w+: (?:InvalidField|UnsupportedCryptographicParameters)/;

export const DIFFERENCES_OF_CRYPTOGRAPHY: Readonly<Record<string, readonly Case[]>> = {
  'what is not active any more is still read, and not written': [
    [/decrypt (?:with a key that was revoked|by chance)/, 'Decrypt: PermissionDenied', 'Decrypt: Success'],
  ],
  'an IV is made where Random IV asks for it, and needed otherwise, as in the published cases': [
    [/encrypt without an IV/, 'Encrypt: Success', 'Encrypt: InvalidMessage'],
    [/decrypt without an IV/, 'Decrypt: InvalidField', 'Decrypt: InvalidMessage'],
  ],
  'what would be ignored is refused: an IV of ECB, a padding of a stream, another algorithm than that of the key':
    [
      [/encrypt with an IV for ECB/, 'Encrypt: Success', 'Encrypt: FeatureNotSupported'],
      [
        /(?:en|de)crypt .* by CTR and PKCS5|encrypt by another algorithm than the key’s/,
        /\w+crypt: Success/,
        PARAMETERS,
      ],
      [/MAC by \w+ with a (?:key of (?:HMAC|AES)|secret)/, 'MAC: Success', PARAMETERS],
    ],
  'one padding of block ciphers is enough': [
    [/encrypt .* by CBC and ANSIX9_23/, 'Encrypt: Success', PARAMETERS],
  ],
  'the data has a length that blocks have': [
    [
      /encrypt 5 bytes by (?:CBC|ECB) and (?:None|undefined)/,
      'Encrypt: InvalidField',
      'Encrypt: GeneralFailure',
    ],
  ],
  'short tags of GCM are not made': [
    [/encrypt by GCM with 8 bytes of tag/, 'Encrypt: Success', 'Encrypt: GeneralFailure'],
  ],
  'the type of the object is what is wrong': [
    [/encrypt with an opaque object/, 'Encrypt: PermissionDenied', /Encrypt: Invalid(?:Field|ObjectType)/],
    [/MAC as a secret says/, 'MAC: PermissionDenied', PARAMETERS],
  ],
  'SHA-1 and MD5 sign nothing, and MD5 verifies nothing': [
    [/sign (?:by|with) SHA_1.*/, /Sign: (?:Success|InvalidField)/, 'Sign: FeatureNotSupported'],
    [/(?:sign|verify) (?:by|with) MD5.*/, /\w+: Success/, PARAMETERS],
  ],
  'a signature by a mechanism that the key does not have is invalid, as in the published cases': [
    [/verify by ECDSAWithSHA256/, 'SignatureVerify: InvalidField', 'SignatureVerify: Success'],
  ],
  'a signature to verify is required': [
    [/verify none/, 'SignatureVerify: CryptographicFailure', 'SignatureVerify: InvalidMessage'],
  ],
  'keys that wait for their activation are for nothing': [
    [/derive before its time/, 'DeriveKey: Success', 'DeriveKey: PermissionDenied'],
  ],
  'the method HMAC is an HMAC of the data (1.4 section 4.6), where PyKMIP computes HKDF': [
    [
      /what was derived (?:by HMAC from .*|with data of a secret)|the derived secret/,
      /KeyMaterial [0-9a-f]+/,
      /KeyMaterial [0-9a-f]+/,
    ],
  ],
  'passwords are stretched, and keys are not; keys of AES derive by HMAC, hashes and their cipher, which secrets do not have':
    [
      [
        /derive by (?:PBKDF2 from \$base|SP 800-108 from \$base|encryption from \$password)/,
        'DeriveKey: Success',
        PARAMETERS,
      ],
    ],
  'a count of iterations is part of the computation': [
    [/derive without a count/, 'DeriveKey: InvalidField', 'DeriveKey: CryptographicFailure'],
  ],
};
