// The generator of the system with another one mixed in. Whatever of the other is bad, or known to somebody, the bytes are as good as those
// of the system alone; and were the system's predictable, as good as the other's. NIST SP 800-90C, section 4.3: combined by exclusive or.

import { createHmac } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { type Bytes, concatBytes, uint64, wipe } from '../base/bytes.ts';
import type { Logger } from '../base/logger.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { RandomSource } from '../core/ports/random-source.ts';

const SEED_BYTES = 64;
const BLOCK_BYTES = 64;
const REFRESH_MS = 60_000;
/** Takes bytes from anybody and counts none of them as entropy (random(4)); OpenSSL, which makes pairs, seeds itself from there. */
const SYSTEM_POOL = '/dev/random';

export interface MixedRandom extends Random {
  stop(): void;
}

export interface MixedRandomParts {
  readonly system: Random;
  readonly source: RandomSource;
  readonly logger: Logger;
  /** Where the source's bytes go besides; for tests. */
  readonly systemPool?: string | undefined;
}

/** Throws what keeps the source from its first bytes. Later ones that do not come are logged, and the earlier ones go on being mixed in. */
export async function mixedRandom(parts: MixedRandomParts): Promise<MixedRandom> {
  const { system, source, logger, systemPool = SYSTEM_POOL } = parts;
  let key: Bytes = new Uint8Array(BLOCK_BYTES);
  let block = 0n;

  /** What is drawn from here on depends on these bytes and on all before. */
  async function refresh(): Promise<void> {
    using seed = await source.read(SEED_BYTES);
    const before = key;
    key = createHmac('sha512', before).update(revealSecretBytes(seed)).digest();
    wipe(before);
    const forSystem = createHmac('sha512', key).update('for the system').digest();
    await appendFile(systemPool, forSystem).catch(cause =>
      logger.log('debug', 'the generator of the system takes no bytes', { file: systemPool }, cause),
    );
    wipe(forSystem);
  }

  await refresh();
  const timer = setInterval(() => {
    refresh().catch(cause => logger.log('warn', `no random bytes from ${source.name}`, {}, cause));
  }, REFRESH_MS).unref();

  /** Blocks of HMAC-SHA-512 over a counter that never repeats, as SP 800-108 has them. */
  function stream(count: number): Bytes {
    const blocks = Array.from({ length: Math.ceil(count / BLOCK_BYTES) }, () => {
      block += 1n;
      return createHmac('sha512', key).update(uint64(block)).digest();
    });
    return concatBytes(...blocks).subarray(0, count);
  }

  return {
    bytes(count) {
      const mixed = system.bytes(count);
      const other = stream(count);
      for (const [at, byte] of other.entries()) mixed[at] = (mixed[at] ?? 0) ^ byte;
      wipe(other);
      return mixed;
    },
    publicBytes: count => system.publicBytes(count),
    mix: bytes => system.mix(bytes),
    uuid: () => system.uuid(),
    stop() {
      clearInterval(timer);
      wipe(key);
    },
  };
}
