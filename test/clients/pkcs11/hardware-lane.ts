// One lane of a load on hardware keys: it makes, rotates, destroys and uses keys of its own, one request at a time, so that when the server
// is killed everything that was answered is certain and one request at most is in doubt.

import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Answered, Caller } from '../../conformance/admin/client.ts';
import type { SeededRandom } from '../../support/load-random.ts';

export const KEYS = '/projects/default/keys';
const MESSAGE = Buffer.from('what every key is used on').toString('base64');

export type LaneAlgorithm = 'aes-256' | 'hmac-sha-256' | 'ec-p256';
const ALGORITHMS: readonly LaneAlgorithm[] = ['aes-256', 'hmac-sha-256', 'ec-p256'];

/** How many objects a version has in the token (docs/formats/hardware-keys.md). */
export const OBJECTS: Readonly<Record<LaneAlgorithm, number>> = {
  'aes-256': 2,
  'hmac-sha-256': 1,
  'ec-p256': 2,
};

export interface LaneKey {
  readonly id: string;
  readonly algorithm: LaneAlgorithm;
  versions: number;
  isDestroyed: boolean;
  /** By version: what was made with it once, and must be right for ever. */
  readonly witnesses: Map<number, string | KeyObject>;
}

/** The server was killed before the answer was whole. */
class Cut extends Error {}

/** The body of a success; throws `Cut` where the connection ended, and fails on a refusal. */
export async function ask(answer: Promise<Answered>) {
  const { status, body } = await heard(answer);
  assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
  return body;
}

async function heard(answer: Promise<Answered>): Promise<Answered> {
  try {
    return await answer;
  } catch (thrown) {
    // What fetch throws when the other end is gone, before the head of the answer or in the middle of its body.
    if (thrown instanceof TypeError) throw new Cut();
    throw thrown;
  }
}

/** Uses each version of the key: what was made with it before is still right, and something new can be made. */
export async function assertWorks(admin: Caller, key: LaneKey): Promise<void> {
  const path = `${KEYS}/${key.id}`;
  for (let version = 1; version <= key.versions; version += 1) {
    const known = key.witnesses.get(version);
    if (key.algorithm === 'aes-256') {
      if (typeof known === 'string') {
        const { plaintext } = await ask(admin('POST', `${path}/decrypt`, { ciphertext: known }));
        assert.equal(plaintext, MESSAGE, 'a ciphertext from before opens');
      }
    } else if (key.algorithm === 'hmac-sha-256') {
      const mechanism = 'hmac-sha-256';
      const { mac } = await ask(admin('POST', `${path}/mac`, { version, mechanism, message: MESSAGE }));
      if (known !== undefined) assert.equal(mac, known, 'the key is the one that it was');
      key.witnesses.set(version, mac);
    } else {
      const mechanism = 'ecdsa-sha-256';
      const { signature } = await ask(
        admin('POST', `${path}/sign`, { version, mechanism, message: MESSAGE }),
      );
      const publicKey = known instanceof Object ? known : await publicKeyOf(admin, path, version);
      const [message, proof] = [MESSAGE, signature].map(text => Buffer.from(text, 'base64'));
      assert.ok(
        message && proof && verify('sha256', message, publicKey, proof),
        'the pair is the one that it was',
      );
      key.witnesses.set(version, publicKey);
    }
  }
  if (key.algorithm !== 'aes-256') return;
  const { ciphertext, version } = await ask(admin('POST', `${path}/encrypt`, { plaintext: MESSAGE }));
  assert.equal(version, key.versions);
  key.witnesses.set(version, ciphertext);
}

async function publicKeyOf(admin: Caller, path: string, version: number): Promise<KeyObject> {
  const { publicKey } = await ask(admin('GET', `${path}/public-key?version=${version}`));
  return createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
}

export async function assertGone(admin: Caller, key: LaneKey): Promise<void> {
  const [action, body] = USES[key.algorithm];
  const { status, body: reply } = await heard(admin('POST', `${KEYS}/${key.id}/${action}`, body));
  assert.ok(status >= 400 && status < 500, `a destroyed key answers ${status} ${JSON.stringify(reply)}`);
}

const USES = {
  'aes-256': ['encrypt', { plaintext: MESSAGE }],
  'hmac-sha-256': ['mac', { mechanism: 'hmac-sha-256', message: MESSAGE }],
  'ec-p256': ['sign', { mechanism: 'ecdsa-sha-256', message: MESSAGE }],
} as const satisfies Record<LaneAlgorithm, readonly [string, object]>;

const LIVING_MAX = 5;

type Doubt =
  | { readonly of: 'create'; readonly algorithm: LaneAlgorithm }
  | { readonly of: 'rotate' | 'destroy'; readonly key: LaneKey };

export class HardwareLane {
  readonly keys: LaneKey[] = [];
  readonly counts = { create: 0, rotate: 0, destroy: 0, use: 0 };
  /** What was cut off, and of that what had happened. */
  readonly cut = { create: 0, rotate: 0, destroy: 0, happened: 0 };
  readonly #random: SeededRandom;
  #doubt: Doubt | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get living(): readonly LaneKey[] {
    return this.keys.filter(({ isDestroyed }) => !isDestroyed);
  }

  /** Goes on until the server is gone. `answered` is told of each step. */
  async run(admin: Caller, answered: () => void): Promise<void> {
    try {
      for (;;) {
        await this.#step(admin);
        answered();
      }
    } catch (thrown) {
      if (!(thrown instanceof Cut)) throw thrown;
    }
  }

  async #step(admin: Caller): Promise<void> {
    const { living } = this;
    const key = this.#random.pick(living);
    const chance = this.#random.next();
    if (key === undefined || (living.length < LIVING_MAX && chance < 0.35)) {
      const algorithm = this.#random.pick(ALGORITHMS) ?? 'aes-256';
      this.#doubt = { of: 'create', algorithm };
      const made = await ask(admin('POST', KEYS, { algorithm, protection: 'hsm' }));
      this.#acknowledge('create');
      this.keys.push({ id: made.id, algorithm, versions: 1, isDestroyed: false, witnesses: new Map() });
    } else if (chance < 0.55) {
      this.#doubt = { of: 'rotate', key };
      await ask(admin('POST', `${KEYS}/${key.id}/rotate`, { verifiersLearn: 'a test' }));
      this.#acknowledge('rotate');
      key.versions += 1;
    } else if (chance < 0.8) {
      this.#doubt = { of: 'destroy', key };
      await ask(admin('POST', `${KEYS}/${key.id}/purge`));
      this.#acknowledge('destroy');
      key.isDestroyed = true;
    } else {
      await assertWorks(admin, key);
      this.counts.use += 1;
    }
  }

  #acknowledge(what: 'create' | 'rotate' | 'destroy'): void {
    this.counts[what] += 1;
    this.#doubt = undefined;
  }

  /** Finds out what became of the request in doubt. `strangers`: living keys that no lane has been told of; one that is taken is removed. */
  async settle(admin: Caller, strangers: Map<string, { readonly algorithm: string }>): Promise<void> {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    if (doubt === undefined) return;
    this.cut[doubt.of] += 1;
    if (doubt.of === 'create') {
      const [id] = [...strangers].find(([, { algorithm }]) => algorithm === doubt.algorithm) ?? [];
      if (id === undefined) return;
      strangers.delete(id);
      const { algorithm } = doubt;
      this.keys.push({ id, algorithm, versions: 1, isDestroyed: false, witnesses: new Map() });
      this.cut.happened += 1;
      return;
    }
    const { key } = doubt;
    const { state, latestVersion } = await ask(admin('GET', `${KEYS}/${key.id}`));
    const before = [key.isDestroyed, key.versions].join();
    if (doubt.of === 'destroy') key.isDestroyed = state === 'destroyed';
    else {
      assert.ok(
        latestVersion === key.versions || latestVersion === key.versions + 1,
        'a rotation happens once or not',
      );
      key.versions = latestVersion;
    }
    if ([key.isDestroyed, key.versions].join() !== before) this.cut.happened += 1;
  }
}
