// Random bytes of a device that the system shows as a file, such as /dev/hwrng.

import { open } from 'node:fs/promises';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import { KmsError } from '../domain/errors.ts';

export function deviceRandom(path: string): RandomSource {
  return {
    name: path,
    async read(count) {
      const bytes = new Uint8Array(count);
      try {
        const device = await open(path, 'r');
        try {
          for (let at = 0; at < count; ) {
            // Devices give what they have, and the file of a device has no positions.
            const { bytesRead } = await device.read(bytes, at, count - at, null);
            if (bytesRead === 0) throw new Error(`it ends after ${at} bytes`);
            at += bytesRead;
          }
        } finally {
          await device.close();
        }
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'of an unknown fault';
        throw new KmsError(
          'invalidInput',
          `The random source ${path} gives no bytes: ${why}.`,
          { path },
          cause,
        );
      }
      return SecretBytes.own(bytes);
    },
  };
}
