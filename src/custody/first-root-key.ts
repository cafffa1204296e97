// The first start of an installation: makes the root key and the wrapping key of the system. Never when the store holds wrapped keys.

import type { Clock, Random } from '../core/ports/clock.ts';
import { KmsError } from '../domain/errors.ts';
import { newWrappingKey } from './project-keys.ts';
import type { RootKeyProvider } from './root/root-key.ts';
import type { CustodyStore, RequireUnswept } from './root-keys.ts';
import { SYSTEM_PROJECT_ID } from './wrapping.ts';

const FIRST_GENERATION = 1;

export interface FirstRootKeyParts {
  readonly store: CustodyStore;
  readonly provider: RootKeyProvider;
  readonly clock: Clock;
  readonly random: Random;
  readonly requireUnswept: RequireUnswept;
}

/** Another node that starts at the same time may be faster: then its rows stand and nothing is written. */
export async function firstRootKey(parts: FirstRootKeyParts): Promise<void> {
  const { store, provider, clock, random, requireUnswept } = parts;
  if ((await store.wrappingKeys.count()) > 0) {
    // Its row comes together with the first of them.
    if ((await store.rootKeys.list()).length > 0) return;
    throw new KmsError('sealed', 'The database holds wrapped keys but names no root key: it is damaged.');
  }
  const { root, parameters, madeInTokenAt } = await provider.create(FIRST_GENERATION);
  const generation = FIRST_GENERATION;
  const createdAt = clock.now();
  try {
    const systemKey = await newWrappingKey({ generation, root }, random, SYSTEM_PROJECT_ID, createdAt);
    await store.transaction(async tx => {
      if ((await tx.rootKeys.list()).length > 0) return;
      await requireUnswept(tx, madeInTokenAt);
      const { fingerprint } = root;
      await tx.rootKeys.insert({
        generation,
        provider: provider.name,
        parameters,
        fingerprint,
        state: 'current',
        createdAt,
      });
      await tx.wrappingKeys.insert(systemKey);
    });
  } finally {
    root.close();
  }
}
