// The root key from a passphrase by Argon2id (RFC 9106): docs/formats/root-key.md. Salt and cost stand in the row; the passphrase is asked
// for when a root key is opened and kept nowhere.

import { type Argon2Parameters, argon2 } from 'node:crypto';
import { z } from 'zod';
import { must } from '../../base/assert.ts';
import { decodeHex, hex } from '../../base/bytes.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Random } from '../../core/ports/clock.ts';
import { KmsError } from '../../domain/errors.ts';
import { secretLineOf } from './private-file.ts';
import type { RootKeyProvider } from './root-key.ts';
import { ROOT_KEY_BYTES, SoftwareRootKey } from './software-root-key.ts';

const PASSPHRASE_BYTES_MIN = 12;
const PASSPHRASE_BYTES_MAX = 4096;
const SALT_BYTES = 16;

/** Cost of Argon2id. The bounds hold for stored rows too: no row makes a weak key or an endless start. */
const costSchema = z.strictObject({
  memoryKiB: z.int().min(19_456).max(4_194_304),
  passes: z.int().min(1).max(64),
  parallelism: z.int().min(1).max(64),
});

export type PassphraseCost = z.infer<typeof costSchema>;

const parametersSchema = costSchema.extend({
  algorithm: z.literal('argon2id'),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
});

type PassphraseParameters = z.infer<typeof parametersSchema>;

/** Between the two choices of RFC 9106 section 4: about half a second on two cores, once at each start. */
const DEFAULT_COST: PassphraseCost = { memoryKiB: 262_144, passes: 3, parallelism: 4 };

export interface PassphraseRootKeyOptions {
  /** Asked anew for every opening; what it gives is disposed of. */
  readonly readPassphrase: () => Promise<SecretBytes>;
  readonly random: Random;
  /** Of new generations. */
  readonly cost?: PassphraseCost | undefined;
}

export function passphraseRootKeyProvider(options: PassphraseRootKeyOptions): RootKeyProvider {
  const { readPassphrase, random, cost = DEFAULT_COST } = options;

  async function derive(parameters: PassphraseParameters, generation: number): Promise<SoftwareRootKey> {
    using passphrase = await readPassphrase();
    if (passphrase.length < PASSPHRASE_BYTES_MIN) {
      throw new KmsError(
        'sealed',
        `The passphrase of the root key must have at least ${PASSPHRASE_BYTES_MIN} bytes.`,
      );
    }
    using material = await deriveRootKey(passphrase, parameters);
    return new SoftwareRootKey(material, generation, random);
  }

  return {
    name: 'passphrase',
    describe: () => 'a passphrase, by Argon2id',
    async create(generation) {
      const salt = hex(random.bytes(SALT_BYTES));
      const parameters = parametersSchema.parse({ algorithm: 'argon2id', ...cost, salt });
      return { root: await derive(parameters, generation), parameters: canonicalJson(parameters) };
    },
    async open({ parameters, generation }) {
      return derive(parseParameters(parameters, generation), generation);
    },
    async remove() {
      // Nothing is kept outside the row.
    },
  };
}

/** Reads the passphrase from a file of mode 0600; one line end at its end is not part of it. */
export function passphraseFromFile(path: string): Promise<SecretBytes> {
  return secretLineOf(path, 'passphrase', PASSPHRASE_BYTES_MAX);
}

function parseParameters(text: string, generation: number): PassphraseParameters {
  try {
    return parametersSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `The parameters of root key generation ${generation} are damaged: they are not those of a passphrase.`;
    throw new KmsError('sealed', message, { generation }, cause);
  }
}

function deriveRootKey(passphrase: SecretBytes, parameters: PassphraseParameters): Promise<SecretBytes> {
  const { memoryKiB, passes, parallelism, salt } = parameters;
  const inputs: Argon2Parameters = {
    message: revealSecretBytes(passphrase),
    nonce: must(decodeHex(salt), 'a checked salt is hex'),
    memory: memoryKiB,
    passes,
    parallelism,
    tagLength: ROOT_KEY_BYTES,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', inputs, (fault, key) => {
      if (fault === null) resolve(SecretBytes.own(key));
      else reject(fault);
    });
  });
}
