// Options that commands using keys by mechanisms share, and the members of requests that they become.

import type { Command } from 'commander';
import { wholeNumber } from '../command.ts';
import { readInput } from '../files.ts';

export interface UseOptions {
  readonly mechanism: string;
  readonly keyVersion?: string;
  readonly in?: string;
}

export interface EncryptionOptions {
  readonly iv?: string;
  readonly associatedData?: string;
  readonly tagBytes?: string;
  readonly oaepLabel?: string;
  readonly mgf1Digest?: string;
}

export const number = (option: string, text: string | undefined) =>
  text === undefined ? undefined : wholeNumber(option, text);

export const versionOption = (command: Command): Command =>
  command.option('--key-version <number>', 'default: the primary one');

export const useOptions = (command: Command): Command =>
  versionOption(command)
    .requiredOption('--mechanism <name>', 'such as aes-gcm, rsa-pss-sha-256, hmac-sha-256')
    .option('--in <file>', 'default: standard input');

export const encryptionOptions = (command: Command): Command =>
  command
    .option('--iv <base64>', 'IV or nonce; without one, one is made. Never twice under one key')
    .option('--associated-data <base64>', 'authenticated with it')
    .option('--tag-bytes <count>', 'length of the tag; default: 16')
    .option('--oaep-label <base64>', 'of OAEP')
    .option('--mgf1-digest <name>', 'of OAEP, where it is another one');

export const secretOptions = (command: Command): Command =>
  command
    .option('--out <file>', 'a new file of mode 0600 for the secret')
    .option('--stdout', 'print the secret');

export const base64Of = async (file: string | undefined): Promise<string> =>
  Buffer.from(await readInput(file)).toString('base64');

/** What is base64 already, as this program prints it. */
export const textOf = async (file: string | undefined): Promise<string> =>
  Buffer.from(await readInput(file))
    .toString('latin1')
    .trim();

export const useBody = ({ mechanism, keyVersion }: UseOptions) => ({
  mechanism,
  version: number('--key-version', keyVersion),
});

export const encryptionBody = ({
  iv,
  associatedData,
  tagBytes,
  oaepLabel,
  mgf1Digest,
}: EncryptionOptions) => ({
  iv,
  associatedData,
  tagBytes: number('--tag-bytes', tagBytes),
  label: oaepLabel,
  mgf1Digest,
});
