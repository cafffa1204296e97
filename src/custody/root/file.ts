// The root key in a file of its own, the embedded default: docs/formats/root-key.md. A file that a row names and that is not there is
// an error: a root key is never made anew for a database that has one.

import { join } from 'node:path';
import { decodeUtf8, equalBytes, utf8, wipe } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Random } from '../../core/ports/clock.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';
import { bytesOfHexDigits, hexDigits } from './hex-digits.ts';
import { createPrivateFile, readPrivateFile, removeDrafts, removePrivateFile } from './private-file.ts';
import type { NewRootKey, RootKeyProvider } from './root-key.ts';
import { ROOT_KEY_BYTES, SoftwareRootKey } from './software-root-key.ts';

const FILE_HEAD = utf8('keyhold-root-key-1:');
const LINE_FEED = 0x0a;
const FILE_BYTES_MAX = 256;

export interface FileRootKeyOptions {
  readonly directory: string;
  readonly random: Random;
}

/** Generation `n` is the file `root-<n>.key` in the directory. */
export function fileRootKeyProvider({ directory, random }: FileRootKeyOptions): RootKeyProvider {
  const pathOf = (generation: number): string => join(directory, `root-${generation}.key`);

  async function read(generation: number): Promise<SoftwareRootKey | undefined> {
    const path = pathOf(generation);
    using content = await readPrivateFile(path, FILE_BYTES_MAX);
    if (content === undefined) return undefined;
    using material = parseRootKey(content, path);
    await removeDrafts(path);
    return new SoftwareRootKey(material, generation, random);
  }

  async function open(row: RootKeyRow): Promise<SoftwareRootKey> {
    const root = await read(row.generation);
    if (root !== undefined) return root;
    const path = pathOf(row.generation);
    throw new KmsError(
      'sealed',
      `The root key file ${path} is missing, and this database cannot be read without it. Put the file of fingerprint ` +
        `${row.fingerprint} back; a new one would not open anything.`,
      { path, fingerprint: row.fingerprint },
    );
  }

  async function create(generation: number): Promise<NewRootKey> {
    if ((await read(generation)) === undefined) await write(pathOf(generation), random);
    const root = await read(generation);
    if (root === undefined) throw vanished(pathOf(generation));
    return { root, parameters: '{}' };
  }

  async function remove(row: RootKeyRow): Promise<void> {
    const root = await read(row.generation);
    // A file that does not fit the row belongs to another database.
    if (root?.fingerprint === row.fingerprint) await removePrivateFile(pathOf(row.generation));
    root?.close();
  }

  return { name: 'file', describe: row => `file ${pathOf(row.generation)}`, create, open, remove };
}

async function write(path: string, random: Random): Promise<void> {
  const material = random.bytes(ROOT_KEY_BYTES);
  const line = Uint8Array.of(...FILE_HEAD, ...hexDigits(material), LINE_FEED);
  try {
    await createPrivateFile(path, line, random.uuid());
  } finally {
    wipe(material);
    wipe(line);
  }
}

function parseRootKey(content: SecretBytes, path: string): SecretBytes {
  const line = revealSecretBytes(content);
  const end = line.at(-1) === LINE_FEED ? line.length - 1 : line.length;
  const fits = equalBytes(line.subarray(0, FILE_HEAD.length), FILE_HEAD);
  const material = fits ? bytesOfHexDigits(line.subarray(FILE_HEAD.length, end)) : undefined;
  if (material?.length === ROOT_KEY_BYTES) return SecretBytes.own(material);
  const shape = `one line, "${decodeUtf8(FILE_HEAD)}" and ${2 * ROOT_KEY_BYTES} hex digits in lower case`;
  throw new KmsError('sealed', `The file ${path} is not a root key: it must be ${shape}.`, { path });
}

function vanished(path: string): KmsError {
  return new KmsError('sealed', `The root key file ${path} was made and is gone again.`, { path });
}
