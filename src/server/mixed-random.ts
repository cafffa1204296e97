// The generator of the system with another one mixed in. Whatever of the other is bad, or known to somebody, the bytes are as good as those
// of the system alone; and were the system's predictable, as good as the other's. NIST SP 800-90C, section 4.3: combined by exclusive or.

import { createHmac } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { type Bytes, concatBytes, uint64, wipe } from '../base/bytes.ts';
import type { Logger } from '../base/logger.ts';
import { Mutex } from '../base/mutex.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import { KmsError } from '../domain/errors.ts';
import { healthTest } from './random-health.ts';

const SEED_BYTES = 64;
const BLOCK_BYTES = 64;
const REFRESH_MS = 60_000;
/** Takes bytes from anybody and counts none of them as entropy (random(4)); OpenSSL, which makes pairs, seeds itself from there. */
const SYSTEM_POOL = '/dev/random';

/** What operators are told. */
export interface RandomSourceState {
  readonly source: string;
  /** Whether the last attempt gave bytes. If not, those of before go on counting. */
  readonly fresh: boolean;
  /** When it last gave bytes. Undefined: never. */
  readonly mixedAt: number | undefined;
}

/** Draws nothing before the source has given its first bytes: `bytes` throws `sealed` until then. */
export interface MixedRandom extends Random {
  /** Asks for the first bytes, unless they are there. Throws what keeps the source from them. */
  begin(): Promise<void>;
  state(): RandomSourceState;
  stop(): void;
}

export interface MixedRandomParts {
  readonly system: Random;
  readonly source: RandomSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the source's bytes go besides; for tests. */
  readonly systemPool?: string | undefined;
  /** From one reading of the source to the next; for tests. */
  readonly refreshMs?: number | undefined;
}

export function mixedRandom(parts: MixedRandomParts): MixedRandom {
  const { system, source, clock, logger, systemPool = SYSTEM_POOL, refreshMs = REFRESH_MS } = parts;
  const requireHealthy = healthTest(source.name);
  const readings = new Mutex();
  let key: Bytes = new Uint8Array(BLOCK_BYTES);
  let block = 0n;
  let mixedAt: number | undefined;
  let fresh = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  /** What is drawn from here on depends on these bytes and on all before. */
  async function refresh(): Promise<void> {
    using seed = await source.read(SEED_BYTES);
    requireHealthy(revealSecretBytes(seed));
    if (isStopped) return;
    const before = key;
    key = createHmac('sha512', before).update(revealSecretBytes(seed)).digest();
    wipe(before);
    mixedAt = clock.now();
    const forSystem = createHmac('sha512', key).update('for the system').digest();
    await appendFile(systemPool, forSystem).catch(cause =>
      logger.log('debug', 'the generator of the system takes no bytes', { file: systemPool }, cause),
    );
    wipe(forSystem);
  }

  /** The log tells when it ends to give bytes, and when it gives them again, and not every minute between. */
  async function refreshAgain(): Promise<void> {
    try {
      await refresh();
      if (!fresh) logger.log('info', `the random source ${source.name} gives bytes again`);
      fresh = true;
    } catch (cause) {
      if (fresh)
        logger.log('warn', `no random bytes from ${source.name}; those of before go on counting`, {}, cause);
      fresh = false;
    }
  }

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
      if (mixedAt === undefined)
        throw new KmsError('sealed', `The random source ${source.name} has given no bytes yet.`);
      const mixed = system.bytes(count);
      const other = stream(count);
      for (const [at, byte] of other.entries()) mixed[at] = (mixed[at] ?? 0) ^ byte;
      wipe(other);
      return mixed;
    },
    publicBytes: count => system.publicBytes(count),
    mix: bytes => system.mix(bytes),
    uuid: () => system.uuid(),
    begin: () =>
      readings.run(async () => {
        if (mixedAt !== undefined) return;
        await refresh();
        fresh = true;
        timer = setInterval(() => void readings.run(refreshAgain), refreshMs).unref();
      }),
    state: () => ({ source: source.name, fresh, mixedAt }),
    stop() {
      isStopped = true;
      clearInterval(timer);
      wipe(key);
    },
  };
}
