// SoftHSM2 (Debian package `softhsm2`), the standard stand-in for a hardware security module: tokens of its own for each suite.

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/base/bytes.ts';
import { SecretBytes } from '../../../src/base/secret-bytes.ts';
import type { Clock } from '../../../src/core/ports/clock.ts';
import { type TokenRootKeyOptions, tokenRootKeyProvider } from '../../../src/custody/pkcs11/root-key.ts';
import { Token } from '../../../src/custody/pkcs11/token.ts';
import type { RootKeyProvider } from '../../../src/custody/root/root-key.ts';
import { SYSTEM_RANDOM, systemClock } from '../../../src/server/time-and-chance.ts';
import { install } from '../install.ts';

const LIBRARIES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];

export interface TestToken {
  readonly label: string;
  readonly pin: string;
  /** Holds the PIN. */
  readonly pinFile: string;
}

export interface SoftHsm extends Disposable {
  readonly library: string;
  /** Where its tokens lie: a token goes away with the directory. */
  readonly directory: string;
  /** Makes a token, with a file that holds its PIN. */
  addToken(label: string): TestToken;
  /** Another configuration of it, for `SOFTHSM2_CONF` of other processes: its tokens lack these mechanisms. Returns its path. */
  without(...mechanisms: readonly string[]): string;
}

/** Sets `SOFTHSM2_CONF` for this process and those that it starts. Only one can be there at a time: the library reads it once. */
export function startSoftHsm(): SoftHsm {
  const library = findLibrary() ?? installed();
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-softhsm-'));
  const directory = join(folder, 'tokens');
  mkdirSync(directory);
  const configuration = join(folder, 'softhsm2.conf');
  const usual = `directories.tokendir = ${directory}\nobjectstore.backend = file\nlog.level = ERROR\n`;
  writeFileSync(configuration, usual);
  process.env.SOFTHSM2_CONF = configuration;
  return {
    library,
    directory,
    addToken(label) {
      const pin = String(randomInt(1e9, 1e10));
      const pinFile = join(folder, `${label}.pin`);
      writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
      execFileSync(
        'softhsm2-util',
        ['--module', library, '--init-token', '--free', '--label', label, '--so-pin', pin, '--pin', pin],
        { stdio: 'ignore', timeout: 30_000 },
      );
      return { label, pin, pinFile };
    },
    without(...mechanisms) {
      const path = join(folder, `without-${mechanisms.join('-')}.conf`);
      // An unknown name in front: version 2.6.1 passes over the first one.
      writeFileSync(path, `${usual}slots.mechanisms = -${['CKM_NONE', ...mechanisms].join(',')}\n`);
      return path;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The settings that name the token to a server. */
export function tokenSettings(library: string, { label, pinFile }: TestToken) {
  return { pkcs11Library: library, pkcs11Label: label, pkcs11PinFile: pinFile };
}

interface Opening {
  readonly clock?: Clock;
  readonly sessions?: number;
  readonly waitingMax?: number;
  readonly callMsMax?: number;
}

/** The token itself, whatever a server says of it. */
export function openToken(
  library: string,
  { label, pin }: Pick<TestToken, 'label' | 'pin'>,
  { clock = systemClock(), sessions = 1, waitingMax = 100, callMsMax = 60_000 }: Opening = {},
): Token {
  const readPin = async () => SecretBytes.own(utf8(pin));
  return new Token({ library, selector: { label }, readPin, clock, sessions, waitingMax, callMsMax });
}

/** The provider of root keys in the token, for an installation that is none but in name. */
export function rootProviderOf(
  token: Token,
  { random = SYSTEM_RANDOM, wrapping }: Pick<Partial<TokenRootKeyOptions>, 'random' | 'wrapping'> = {},
): RootKeyProvider {
  const installationId = async () => 'of-a-test';
  return tokenRootKeyProvider({ token, random, clock: systemClock(), installationId, wrapping });
}

function findLibrary(): string | undefined {
  return LIBRARIES.find(path => existsSync(path));
}

function installed(): string {
  install('apt-get', 'update', '-qq');
  install('apt-get', 'install', '-qq', '-y', '--no-install-recommends', 'softhsm2');
  const library = findLibrary();
  if (library === undefined) throw new Error('the package softhsm2 has brought no library');
  return library;
}
