// Questions by chance about a few objects, in any version: made, activated, used, revoked, destroyed and sought in whatever order it comes.

import { must } from '../../../../src/base/assert.ts';
import { make, type TtlvField } from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import { SEED, type SeededRandom } from '../../../support/load-random.ts';
import type { Question } from './both.ts';
import {
  algorithm,
  keyBlock,
  length,
  mask,
  parameters,
  type Speaker,
  speaking,
  symmetric,
  THEIR_VERSIONS,
} from './words.ts';

/** So many objects are spoken of: the latest. */
const REMEMBERED = 8;

const REASONS = ['Unspecified', 'KeyCompromise', 'Superseded', 'CessationOfOperation'] as const;
const STATES = ['PreActive', 'Active', 'Deactivated', 'Compromised'] as const;
const BITS = [128, 192, 256] as const;
const MASKS = [mask('Encrypt', 'Decrypt'), mask('Encrypt'), mask('Decrypt'), mask('MACGenerate')] as const;
const GROUPS = [`one ${SEED}`, `two ${SEED}`] as const;
const TYPES = ['SymmetricKey', 'SecretData', 'PublicKey'] as const;
const IV = Buffer.alloc(16, 5);

export class QuestionsByChance {
  readonly #random: SeededRandom;
  readonly #names: string[] = [];
  #made = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): Question {
    return this.#pick(this.#kinds)(speaking(this.#pick(THEIR_VERSIONS), 'by chance'));
  }

  readonly #kinds: readonly ((speaker: Speaker) => Question)[] = [
    ({ create }) =>
      create('by chance', [algorithm('AES'), length(this.#pick(BITS)), this.#pick(MASKS), this.#group()], {
        makes: [this.#name()],
      }),
    ({ register }) =>
      register(
        'a key by chance',
        'SymmetricKey',
        symmetric(Buffer.alloc(this.#pick(BITS) / 8, 1)),
        [this.#pick(MASKS), this.#group()],
        { makes: [this.#name()] },
      ),
    ({ register }) =>
      register('a secret by chance', 'SecretData', SECRET, [mask('Verify'), this.#group()], {
        makes: [this.#name()],
      }),
    ({ activate }) => activate(this.#some()),
    ({ activate }) => activate(this.#some()),
    ({ revoke }) => revoke(this.#some(), this.#pick(REASONS)),
    ({ destroy }) => destroy(this.#some()),
    ({ get }) => get('given by chance', this.#some(), [], { random: true }),
    ({ ask, names }) => {
      const id = this.#some();
      return ask(`told by chance of ${id}`, 'GetAttributes', [
        uid(id),
        ...names('State', 'ObjectType', 'CryptographicUsageMask'),
      ]);
    },
    ({ ask }) => ask('listed by chance', 'GetAttributeList', [uid(this.#some())]),
    ({ ask }) => this.#use(ask, 'encrypt by chance', 'Encrypt'),
    ({ ask }) => this.#use(ask, 'decrypt by chance', 'Decrypt'),
    ({ ask, sought }) =>
      ask(
        'sought by chance',
        'Locate',
        sought([this.#group(), make.enumeration('State', this.#pick(STATES))]),
      ),
    ({ ask, sought }) =>
      ask(
        'sought by chance',
        'Locate',
        sought([this.#group(), make.enumeration('ObjectType', this.#pick(TYPES)), length(this.#pick(BITS))]),
      ),
  ];

  #use(ask: Speaker['ask'], label: string, operation: 'Encrypt' | 'Decrypt'): Question {
    const how = parameters([make.enumeration('BlockCipherMode', 'CTR'), algorithm('AES')]);
    const fields = [how, make.byteString('Data', IV), make.byteString('IVCounterNonce', IV)];
    return ask(label, operation, [uid(this.#some()), ...fields], { random: true });
  }

  #group(): TtlvField {
    return make.textString('ObjectGroup', this.#pick(GROUPS));
  }

  #name(): string {
    const name = `$chance${this.#made++}`;
    this.#names.push(name);
    return name;
  }

  /** Now and then of nobody. */
  #some(): string {
    const latest = this.#names.slice(-REMEMBERED);
    return latest.length === 0 || this.#random.between(0, 19) === 0 ? 'nobody' : this.#pick(latest);
  }

  #pick<T>(list: readonly T[]): T {
    return must(list[this.#random.between(0, list.length - 1)] ?? null, 'lists are not empty') as T;
  }
}

const SECRET = make.structure('SecretData', [
  make.enumeration('SecretDataType', 'Password'),
  keyBlock(Buffer.alloc(16, 2), 'Opaque'),
]);
