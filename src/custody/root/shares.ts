// The root key in shares (Shamir 1979): docs/formats/root-key.md. It is nowhere but in the shares and, between unsealing and sealing, in
// memory. Shares are made once and given out; those that come back are wiped once they are joined, and when their time is over.

import { z } from 'zod';
import { hex } from '../../base/bytes.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Clock, Random } from '../../core/ports/clock.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { joinSecret, splitSecret } from '../../crypto/secret-sharing/share.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';
import { requireSharing, SHARING_PARTS_MAX } from '../../domain/secret-sharing.ts';
import type { RootKeyProvider } from './root-key.ts';
import { parseShare, printShare, type RootKeyShare, SET_BYTES } from './share-text.ts';
import { ROOT_KEY_BYTES, SoftwareRootKey } from './software-root-key.ts';
import { WrongSets } from './wrong-sets.ts';

const SHARES = 'shares';

/** From the first share of a set to the last that is needed; and from the making of a set to its coming into service. */
const SET_LIFETIME_MS = 900_000;

const parametersSchema = z.strictObject({
  parts: z.int().min(2).max(SHARING_PARTS_MAX),
  set: z.string().regex(/^[0-9a-f]{8}$/),
  threshold: z.int().min(2).max(SHARING_PARTS_MAX),
});

type ShareParameters = z.infer<typeof parametersSchema>;

/** How far a root key is from being there. */
export interface SharesProgress {
  readonly generation: number;
  /** Names the set: it stands at the beginning of each of its shares. */
  readonly set: string;
  readonly parts: number;
  readonly threshold: number;
  /** Numbers of the shares that have been given. */
  readonly given: readonly number[];
  /** When they are forgotten, unless the last one comes. */
  readonly until?: number | undefined;
  readonly complete: boolean;
}

export interface SharesProvider extends RootKeyProvider {
  /**
   * Makes a root key and takes it apart. It comes into service by the next `create`; until then, and for a quarter of an hour at most, it
   * is held here and nowhere else, so that nothing depends on shares that nobody has kept. Each share is a text; the caller disposes of
   * them. Throws `invalidInput` for other numbers than 2 to 255.
   */
  prepare(sharing: { readonly parts: number; readonly threshold: number }): Promise<readonly SecretBytes[]>;
  /**
   * Takes a share of the root key of one of the rows; the text stays the caller's. Throws `invalidInput` for what is no share of theirs and
   * `conflict` for one that is there; `invalidKeyMaterial` when the last share does not make the root key: then one of them is wrong,
   * nobody is told which, and all are forgotten. After some such sets, `throttled`.
   */
  give(rows: readonly RootKeyRow[], text: SecretBytes): Promise<SharesProgress>;
  /** Of every row of this provider that still wraps. */
  progress(rows: readonly RootKeyRow[]): readonly SharesProgress[];
  /** Forgets shares that were given and have made no root key yet, and a set that has not come into service. */
  forgetShares(): void;
}

export interface SharesOptions {
  readonly random: Random;
  readonly clock: Clock;
}

interface Collected {
  readonly until: number;
  readonly parts: Map<number, SecretBytes>;
}

interface Prepared {
  readonly until: number;
  readonly parameters: ShareParameters;
  readonly material: SecretBytes;
}

export function sharesRootKeyProvider({ random, clock }: SharesOptions): SharesProvider {
  const collected = new Map<string, Collected>();
  /** Joined or made here: backups and nodes of one process open it again. By set. */
  const whole = new Map<string, SecretBytes>();
  const wrongSets = new WrongSets(clock);
  let prepared: Prepared | undefined;
  let sweep: NodeJS.Timeout | undefined;

  function forgetSet(set: string): void {
    for (const part of collected.get(set)?.parts.values() ?? []) part[Symbol.dispose]();
    collected.delete(set);
  }

  function forgetPrepared(): void {
    prepared?.material[Symbol.dispose]();
    prepared = undefined;
  }

  function forgetExpired(): void {
    const now = clock.now();
    for (const [set, { until }] of collected) if (until <= now) forgetSet(set);
    if (prepared !== undefined && prepared.until <= now) forgetPrepared();
  }

  /** By a timer as well: nothing outlives its time only because nobody asks. */
  function expireLater(): number {
    clearTimeout(sweep);
    sweep = setTimeout(forgetExpired, SET_LIFETIME_MS + 1).unref();
    return clock.now() + SET_LIFETIME_MS;
  }

  function forgetShares(): void {
    for (const set of [...collected.keys()]) forgetSet(set);
    forgetPrepared();
    clearTimeout(sweep);
  }

  function collect({ set, number, value }: RootKeyShare): Collected {
    const present = collected.get(set) ?? { until: expireLater(), parts: new Map<number, SecretBytes>() };
    collected.set(set, present);
    if (present.parts.has(number))
      throw new KmsError('conflict', `Share ${number} was given already. Give another one.`, {
        share: number,
      });
    present.parts.set(number, SecretBytes.copyOf(revealSecretBytes(value)));
    return present;
  }

  async function join(row: RootKeyRow, parameters: ShareParameters, { parts }: Collected): Promise<void> {
    const { set } = parameters;
    const shares = [...parts].map(([number, value]) => ({ number, share: revealSecretBytes(value) }));
    const material = await joinSecret(shares, { method: 'gf256', ...parameters }, ROOT_KEY_BYTES);
    forgetSet(set);
    const root = new SoftwareRootKey(material, row.generation, random);
    root.close();
    if (root.fingerprint === row.fingerprint) {
      whole.set(set, material);
      return;
    }
    material[Symbol.dispose]();
    wrongSets.count();
    throw new KmsError(
      'invalidKeyMaterial',
      'These shares do not make the root key: at least one of them is wrong. All of them are forgotten; begin again with the first.',
    );
  }

  function progressOf(row: RootKeyRow): SharesProgress {
    const { set, parts, threshold } = parseParameters(row);
    const { generation } = row;
    const collection = collected.get(set);
    const given = [...(collection?.parts.keys() ?? [])].sort((a, b) => a - b);
    return { generation, set, parts, threshold, given, until: collection?.until, complete: whole.has(set) };
  }

  return {
    name: SHARES,
    whenSealed: 'wait',
    describe: row => `${parseParameters(row).threshold} of ${parseParameters(row).parts} shares`,

    async prepare({ parts, threshold }) {
      const sharing = { method: 'gf256', parts, threshold } as const;
      requireSharing(sharing);
      forgetPrepared();
      const material = SecretBytes.own(random.bytes(ROOT_KEY_BYTES));
      const set = random.publicBytes(SET_BYTES);
      const values = await splitSecret(revealSecretBytes(material), sharing);
      const texts = values.map((value, at) => printShare(set, at + 1, value));
      for (const value of values) value[Symbol.dispose]();
      prepared = { until: expireLater(), parameters: { parts, set: hex(set), threshold }, material };
      return texts;
    },

    async create(generation) {
      forgetExpired();
      if (prepared === undefined) {
        throw new KmsError(
          'conflict',
          'A root key in shares comes into service once its shares are kept: have them made by ' +
            '`keyhold root rekey --shares 5 --threshold 3`, or for a new installation by `keyhold init --shares 5 --threshold 3`.',
        );
      }
      // It stays prepared until it is opened by its row: an attempt that fails before that is made again with the same shares.
      const { material, parameters } = prepared;
      whole.set(parameters.set, SecretBytes.copyOf(revealSecretBytes(material)));
      return {
        root: new SoftwareRootKey(material, generation, random),
        parameters: canonicalJson(parameters),
      };
    },

    async open(row) {
      const { set, threshold } = parseParameters(row);
      const material = whole.get(set);
      if (material !== undefined) {
        // Its row is there, or will be in a moment: it must not become another generation as well.
        if (prepared?.parameters.set === set) forgetPrepared();
        return new SoftwareRootKey(material, row.generation, random);
      }
      throw new KmsError(
        'sealed',
        `The server is sealed: ${threshold} shares of the root key (set ${set}) must be given, by \`keyhold unseal\`.`,
        { set, threshold },
      );
    },

    async remove(row) {
      const { set } = parseParameters(row);
      forgetSet(set);
      whole.get(set)?.[Symbol.dispose]();
      whole.delete(set);
    },

    async give(rows, text) {
      wrongSets.require();
      forgetExpired();
      using share = parseShare(text);
      const row = rows.find(each => isShared(each) && parseParameters(each).set === share.set);
      if (row === undefined)
        throw invalidInput('share', `belongs to set ${share.set}, which is not that of the root key`);
      const parameters = parseParameters(row);
      if (share.number < 1 || share.number > parameters.parts)
        throw invalidInput('share', `must have a number from 1 to ${parameters.parts}`);
      if (whole.has(share.set))
        throw new KmsError('conflict', 'The root key is there: no more shares are needed.');
      const collection = collect(share);
      if (collection.parts.size >= parameters.threshold) await join(row, parameters, collection);
      return progressOf(row);
    },

    progress(rows) {
      forgetExpired();
      return rows.filter(isShared).map(progressOf);
    },

    forgetShares,

    forget() {
      forgetShares();
      for (const material of whole.values()) material[Symbol.dispose]();
      whole.clear();
    },
  };
}

function isShared({ provider, state }: RootKeyRow): boolean {
  return provider === SHARES && state !== 'retired';
}

function parseParameters({ parameters, generation }: RootKeyRow): ShareParameters {
  try {
    return parametersSchema.parse(JSON.parse(parameters));
  } catch (cause) {
    const message = `The parameters of root key generation ${generation} are damaged: they are not those of shares.`;
    throw new KmsError('sealed', message, { generation }, cause);
  }
}
