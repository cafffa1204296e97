// The operations on the life of keys beyond their states: plans, revocations, usage limits, archives, links, halves of pairs.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { archiveKey, recoverKey } from '../../src/core/operations/keys/archive-key.ts';
import { compromiseKey } from '../../src/core/operations/keys/compromise-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { noteRelease } from '../../src/core/operations/keys/note-release.ts';
import { planCryptoperiod } from '../../src/core/operations/keys/plan-cryptoperiod.ts';
import * as publicKeys from '../../src/core/operations/keys/public-keys.ts';
import { reimportKey } from '../../src/core/operations/keys/reimport-key.ts';
import { replaceKey } from '../../src/core/operations/keys/replace-key.ts';
import { replaceKeyPair } from '../../src/core/operations/keys/replace-key-pair.ts';
import { restrictExport } from '../../src/core/operations/keys/restrict-export.ts';
import { joinKey, splitKey } from '../../src/core/operations/keys/split-key.ts';
import { scheduleReplacement } from '../../src/core/operations/keys/update-key.ts';
import { allocateUsage, limitUsage } from '../../src/core/operations/keys/usage-limit.ts';
import * as links from '../../src/core/operations/links/key-links.ts';
import type { Bench } from './bench.ts';
import { aKey, byId, PAGE, type Trial, trial } from './trial.ts';

const LIMIT = { unit: 'operations', total: 1_000_000 } as const;

async function twoKeys(bench: Bench) {
  const to = byId((await bench.key()).id);
  return { ...(await aKey(bench)), type: 'replacedBy', to, mutual: true } as const;
}

const SHARING = { method: 'xor', parts: 2, threshold: 2 } as const;
const HERE = { location: 'here' } as const;

export const LIFE_TRIALS: readonly Trial[] = [
  trial(publicKeys.createKeyPair, async () => ({
    algorithm: 'ec-p256' as const,
    private: HERE,
    public: HERE,
  })),
  trial(publicKeys.importPublicKey, async () => ({
    ...HERE,
    algorithm: 'ed25519' as const,
    publicKey: generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }),
  })),
  trial(restrictExport, async bench => {
    const { key } = await bench.do(createKey, { ...HERE, algorithm: 'aes-256', exportable: true });
    return { key: byId(key.id), leaves: 'never' as const };
  }),
  trial(
    reimportKey,
    async bench => {
      const { key } = await bench.do(createKey, { ...HERE, algorithm: 'aes-256' });
      await bench.do(destroyKey, { key: byId(key.id) });
      const material = { by: 'plain' as const, material: SecretBytes.copyOf(randomBytes(32)) };
      return { key: byId(key.id), algorithm: 'aes-256' as const, material };
    },
    { repeated: 'conflict' },
  ),
  trial(splitKey, async bench => {
    const { key } = await bench.do(createKey, { ...HERE, algorithm: 'aes-256', exportable: true });
    return { source: { by: 'key' as const, key: byId(key.id) }, sharing: SHARING, parts: [HERE, HERE] };
  }),
  trial(joinKey, async bench => {
    const source = { by: 'generated', algorithm: 'aes-256' } as const;
    const parts = await bench.do(splitKey, { source, sharing: SHARING, parts: [HERE, HERE] });
    const named = parts.map(({ key }, at) => ({ number: at + 1, key: byId(key.id) }));
    return { ...HERE, algorithm: 'aes-256' as const, sharing: SHARING, parts: named };
  }),
  trial(noteRelease, async bench => ({
    ...(await aKey(bench)),
    facet: { protocol: 'test', document: { given: true } },
  })),
  trial(replaceKey, async bench => {
    const { id } = await bench.key();
    await bench.name(id);
    const facet = { protocol: 'test', document: { a: 1 } };
    return { key: byId(id), namesOf: 'test', facet, facetOfReplaced: facet };
  }),
  trial(replaceKeyPair, async bench => {
    const halves = { private: HERE, public: HERE };
    const made = await bench.do(publicKeys.createKeyPair, { algorithm: 'ed25519', ...halves });
    const facet = { protocol: 'test', document: { a: 1 } };
    return {
      private: { key: byId(made.privateKey.key.id), namesOf: 'test', facet, facetOfReplaced: facet },
      public: { key: byId(made.publicKey.key.id), namesOf: 'test', facet },
    };
  }),
  trial(scheduleReplacement, async bench => ({
    ...(await aKey(bench)),
    replacement: { afterMs: 2 * 86_400_000, by: 'test' },
  })),
  trial(planCryptoperiod, async bench => ({
    ...(await aKey(bench)),
    protectStopAt: bench.kms.clock.now() + 1_000_000,
    deactivateAt: bench.kms.clock.now() + 2_000_000,
  })),
  trial(compromiseKey, async bench => ({ ...(await aKey(bench)), message: 'lost' }), {
    repeated: 'conflict',
  }),
  trial(limitUsage, async bench => ({ ...(await aKey(bench)), limit: LIMIT })),
  trial(allocateUsage, async bench => {
    const facts = { algorithm: 'aes-256', location: 'here', usageLimit: LIMIT } as const;
    return { key: byId((await bench.do(createKey, facts)).key.id), amount: 10 };
  }),
  trial(links.linkKeys, twoKeys, { repeated: 'alreadyExists' }),
  trial(
    links.unlinkKeys,
    async bench => {
      const link = await twoKeys(bench);
      await bench.do(links.linkKeys, link);
      return link;
    },
    { repeated: 'notFound' },
  ),
  trial(links.listLinks, aKey),
  trial(links.listLinksTo, async bench => ({
    ...(await aKey(bench)),
    type: 'derivedFrom' as const,
    page: PAGE,
  })),
  trial(archiveKey, aKey, { repeated: 'keyArchived' }),
  trial(
    recoverKey,
    async bench => {
      const key = await aKey(bench);
      await bench.do(archiveKey, key);
      return key;
    },
    { repeated: 'conflict' },
  ),
];
