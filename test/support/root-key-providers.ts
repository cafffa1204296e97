// Providers of root keys for tests: in shares that are made as they are needed, and by another KMS that is a key in this process.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../src/base/canonical-json.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import type { Clock } from '../../src/core/ports/clock.ts';
import { kmsRootKeyProvider, type RemoteKey } from '../../src/custody/root/kms.ts';
import type { RootKeyProvider } from '../../src/custody/root/root-key.ts';
import { type SharesProvider, sharesRootKeyProvider } from '../../src/custody/root/shares.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { manualClock, systemRandom } from './time-and-chance.ts';

export function sharesProvider(clock: Clock = manualClock(1_900_000_000_000)): SharesProvider {
  return sharesRootKeyProvider({ random: systemRandom, clock });
}

/** Every new root key has its shares made, and nobody keeps them. */
export function preparingShares(provider: SharesProvider = sharesProvider()): RootKeyProvider {
  return {
    ...provider,
    async create(generation) {
      for (const share of await provider.prepare({ parts: 5, threshold: 3 })) share[Symbol.dispose]();
      return provider.create(generation);
    },
  };
}

/** AES-256-GCM as a KMS would do it. `isReachable` says whether it answers. */
export function keyInProcess(isReachable: () => boolean = () => true): RemoteKey {
  const key = randomBytes(32);
  const requireReachable = (): void => {
    if (!isReachable()) throw new KmsError('sealed', 'The KMS of the test cannot be reached.');
  };
  return {
    service: 'aws',
    async wrap(secret, context) {
      requireReachable();
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(canonicalJson(context)));
      const sealed = [cipher.update(revealSecretBytes(secret)), cipher.final(), cipher.getAuthTag()];
      return { key: 'key-in-process', wrapped: Buffer.concat([iv, ...sealed]).toString('base64') };
    },
    async unwrap({ wrapped }, context) {
      requireReachable();
      const bytes = Buffer.from(wrapped, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(canonicalJson(context))).setAuthTag(bytes.subarray(-16));
      try {
        return SecretBytes.own(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]));
      } catch (cause) {
        throw new KmsError('sealed', 'The KMS of the test refuses.', {}, cause);
      }
    },
  };
}

export function kmsProvider(remote: RemoteKey = keyInProcess()): RootKeyProvider {
  return kmsRootKeyProvider({ remote, random: systemRandom });
}
