// What the server does in the place of a client when the rotation of an object is due: Re-key or Re-key Key Pair, with its Rotate Offset.

import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import { executeBatch } from '../../core/execute-batch.ts';
import type { Kms } from '../../core/kms.ts';
import type { Key } from '../../domain/key.ts';
import { read, readItem, viewOf } from '../../wire/ttlv/index.ts';
import { heldValues } from './attributes/held.ts';
import { findObject } from './objects/find.ts';
import { replaceSymmetricKey } from './operations/rekey.ts';
import { replacePair } from './operations/rekey-key-pair.ts';
import type { KmipRequest } from './request.ts';

/** Nothing happens where another node was faster. */
export async function rotateDue(
  kms: Kms,
  context: RequestContext,
  { id, location }: Pick<Key, 'id' | 'location'>,
): Promise<void> {
  using secrets = new DisposableStack();
  const request: KmipRequest = {
    kms,
    execute: (operation, by, input) => execute(kms, operation, by, input),
    together: work => executeBatch(kms, work),
    context,
    version: '2.1',
    takesInterop: false,
    proveAgain: async () => undefined,
    once: async work => work(),
    mayWait: true,
    location,
    memory: { answered: [], data: [] },
    recorded: new WeakSet(),
    secrets,
  };
  const object = await findObject(request, id);
  const { replacement } = object.key;
  if (replacement === undefined || replacement.at > kms.clock.now()) return;
  const [offset] = heldValues(object, 'RotateOffset');
  // An offset is from an activation: an object that has none is not told when.
  const isPlanned = offset !== undefined && heldValues(object, 'ActivationDate').length > 0;
  const seconds = isPlanned ? readItem(viewOf(offset.field), read.interval) : undefined;
  if (object.facts.objectType === 'PrivateKey')
    await replacePair(request, object, { private: [], public: [] }, seconds);
  else await replaceSymmetricKey(request, object, [], seconds);
}
