// Operations that wrap in a token (SoftHSM2), with the n-th call of store, audit log or custody failing: as all others in test/faults.

import { after, before, test } from 'node:test';
import { SecretBytes } from '../../../src/base/secret-bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import { keepSecret } from '../../../src/core/operations/secrets/keep-secret.ts';
import { revealSecret } from '../../../src/core/operations/secrets/reveal-secret.ts';
import { preferSecretStore } from '../../../src/core/operations/secrets/secret-stores.ts';
import { ensureHardwareWrappingKey } from '../../../src/core/operations/services/hardware-wrapping-key.ts';
import { Bench, uniqueName } from '../../faults/bench.ts';
import { counts, tryOperation } from '../../faults/fail-each-call.ts';
import { type Trial, trial } from '../../faults/trial.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
let bench: Bench;
before(async () => {
  bench = await Bench.open({
    ...tokenSettings(hsm.library, token),
  });
  await bench.do(preferSecretStore, { store: 'hsmWrapped' });
  // The wrapping key is made once: what a trial changes is to be the same each time.
  await bench.do(createKey, KEY);
});
after(async () => {
  await bench.close();
  hsm[Symbol.dispose]();
  console.log(`faults: ${counts.faults} injected; after ${counts.happened} of them the effect was there`);
});

const KEY = { algorithm: 'aes-256', location: 'here', protection: 'hsmWrapped' } as const;

const secret = () => ({
  type: 'opaque' as const,
  location: 'here',
  payload: { material: SecretBytes.own(new Uint8Array(9).fill(7)), contentType: 'text/plain' },
});

/** In a project of its own each time: it is made once in each. */
const ensureTrial: Trial = {
  operation: ensureHardwareWrappingKey,
  async prepare(bench) {
    const { project } = await bench.do(createProject, { name: uniqueName() }, 'system');
    return {
      where: 'system',
      attempt: (kms, context) =>
        execute(kms, ensureHardwareWrappingKey, { ...context, projectId: project.id }, undefined),
    };
  },
};

const TRIALS: readonly Trial[] = [
  ensureTrial,
  trial(createKey, async () => KEY),
  trial(keepSecret, async () => secret()),
  trial(revealSecret, async bench => ({ id: (await bench.do(keepSecret, secret())).id })),
];

for (const each of TRIALS) {
  test(`${each.operation.name} with a token keeps its promises whichever call fails`, async () => {
    await tryOperation(bench, each);
    await bench.verifyLog();
  });
}
