// Reads the settings: options of the command line first, then the environment, then defaults. An unknown or malformed setting is
// refused with its name, its rule and what it may be; nothing is guessed.

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isKeyOf, mapTable, tableKeys } from '../base/table.ts';
import { parseNetwork } from '../core/conditions.ts';
import { invalidInput } from '../domain/errors.ts';
import { isSafeAddress } from './root-kms/exchange.ts';
import { SETTINGS, type SettingName, type SettingRow, TOKEN_SOURCE } from './settings-table.ts';

const ROWS: Readonly<Record<SettingName, SettingRow>> = SETTINGS;

export type SettingTexts = Readonly<Partial<Record<SettingName, string>>>;

export interface Settings {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  /** `sqlite` or a postgres:// URL, which may hold a password: never printed. */
  readonly store: string;
  readonly location: string;
  readonly rootKey: RootKeyChoice;
  readonly rootKeyDir: string;
  readonly rootPassphraseFile: string | undefined;
  /** Undefined: no other KMS is known. */
  readonly rootKms: RootKmsSettings | undefined;
  /** Undefined: there is no token. */
  readonly token: TokenSettings | undefined;
  /** Opens what the root key has not left yet. */
  readonly formerToken: TokenSettings | undefined;
  /** A device, or `pkcs11` for the token. */
  readonly randomSource: string | undefined;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Undefined: KMIP is served over HTTP alone. */
  readonly kmip: KmipSettings | undefined;
  /** Undefined: tokens of OpenStack's protocols are our own. */
  readonly keystone: { readonly url: string; readonly userFile: string } | undefined;
  /** What clients of OpenStack are told of objects of other projects. */
  readonly openstackForeign: 'hidden' | 'forbidden';
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
  readonly metricsNetworks: readonly string[];
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
}

export type RootKeyChoice = (typeof SETTINGS.rootKey.choices)[number];

export interface RootKmsSettings {
  readonly service: 'aws' | 'vault';
  readonly url: URL;
  readonly key: string;
  readonly region: string;
  readonly credentialsFile: string;
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
}

export interface TokenSettings {
  readonly library: string;
  readonly label: string | undefined;
  readonly serial: string | undefined;
  readonly pinFile: string;
  readonly sessions: number;
  readonly timeoutMs: number;
}

export interface KmipSettings {
  readonly port: number;
  /** Undefined: the port has a certificate of the own authority. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Host names and addresses in that certificate, the first one its subject. */
  readonly names: readonly string[];
  /** Whose certificates name service accounts; undefined: nobody's. */
  readonly clientAuthority:
    | { readonly caFile: string; readonly crlFile: string | undefined; readonly project: string }
    | undefined;
  readonly legacyCiphers: boolean;
  /** Marks of interoperability tests are taken. */
  readonly takesInterop: boolean;
  readonly connectionsMax: number;
}

/** Throws `invalidInput`, naming the setting. */
export function readSettings(
  options: SettingTexts,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  refuseUnknown(environment);
  const texts = mapTable(ROWS, (row, name) => {
    const text = options[name] ?? environment[row.environment] ?? row.default;
    if (text !== undefined) requireKind(name, row, text);
    return text;
  });
  const text = (name: SettingName): string => texts[name] ?? '';
  const dataDir = resolve(text('dataDir'));
  return {
    dataDir,
    host: text('host'),
    port: Number(text('port')),
    publicUrl: texts.publicUrl === undefined ? undefined : requireUrl('publicUrl', texts.publicUrl),
    store: requireStore(
      texts.storeFile === undefined ? text('store') : readOneLine('storeFile', texts.storeFile),
    ),
    location: requireLocation(text('location')),
    rootKey: text('rootKey') as RootKeyChoice,
    rootKeyDir: texts.rootKeyDir === undefined ? dataDir : resolve(texts.rootKeyDir),
    rootPassphraseFile: requirePassphraseFile(text('rootKey'), texts.rootPassphraseFile),
    rootKms: rootKmsSettings(texts),
    token: tokenSettings(texts),
    formerToken: formerTokenSettings(texts),
    randomSource: texts.randomSource,
    tls: requireTlsPair(texts, 'tlsCertificateFile', 'tlsKeyFile'),
    kmip: kmipSettings(texts),
    keystone: keystoneSettings(texts),
    openstackForeign: text('openstackForeign') as Settings['openstackForeign'],
    requestTimeoutMs: Number(text('requestTimeoutMs')),
    connectionsMax: Number(text('connectionsMax')),
    metricsNetworks: splitList(text('metricsNetworks')),
    logLevel: text('logLevel') as Settings['logLevel'],
  };
}

/** The environment of this process: the one place of the server that looks at it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** RFC 1123 section 2.1; a first label may be a wildcard. */
const HOST_NAME = /^(?=.{1,253}$)(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

const RULES: Readonly<
  Record<SettingRow['kind'], { readonly rule: string; holds(text: string, row: SettingRow): boolean }>
> = {
  text: { rule: 'must not be empty', holds: text => text !== '' },
  path: { rule: 'must be a path', holds: text => text !== '' && !text.includes('\0') },
  port: {
    rule: 'must be a port from 0 to 65535',
    holds: text => /^\d{1,5}$/.test(text) && Number(text) <= 65_535,
  },
  milliseconds: {
    rule: 'must be a whole number of milliseconds from 1 to 3600000',
    holds: text => /^[1-9]\d{0,6}$/.test(text) && Number(text) <= 3_600_000,
  },
  count: {
    rule: 'must be a whole number from 1 to 1000000',
    holds: text => /^[1-9]\d{0,6}$/.test(text) && Number(text) <= 1_000_000,
  },
  networks: {
    rule: 'must be addresses or CIDR networks separated by commas',
    holds: text => splitList(text).every(network => parseNetwork(network) !== undefined),
  },
  names: {
    rule: 'must be host names or addresses separated by commas',
    holds: text => splitList(text).every(name => isIP(name) !== 0 || HOST_NAME.test(name)),
  },
  choice: { rule: 'must be one of', holds: (text, row) => (row.choices ?? []).includes(text) },
};

function requireKind(name: SettingName, row: SettingRow, text: string): void {
  const { rule, holds } = RULES[row.kind];
  if (!holds(text, row))
    throw settingError(name, row.kind === 'choice' ? `${rule} ${(row.choices ?? []).join(', ')}` : rule);
}

const RESERVED_ENVIRONMENT: Readonly<Record<string, string>> = {
  KEYHOLD_GRPC_PORT: 'names the port of gRPC protocols, which this version does not have',
};

/** Variables that the command line reads for itself. */
const CLIENT_ENVIRONMENT = new Set(['KEYHOLD_URL', 'KEYHOLD_API_KEY_FILE']);

function refuseUnknown(environment: Readonly<Record<string, string | undefined>>): void {
  const known = new Set<string>(tableKeys(ROWS).map(name => ROWS[name].environment));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('KEYHOLD_') || known.has(name) || CLIENT_ENVIRONMENT.has(name)) continue;
    const why = isKeyOf(RESERVED_ENVIRONMENT, name)
      ? RESERVED_ENVIRONMENT[name]
      : 'is no setting of this version; `keyhold serve --help` lists them all';
    throw invalidInput(name, why ?? '');
  }
}

function requireUrl(name: SettingName, text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  ) {
    throw settingError(name, 'must be an http or https URL without user and query');
  }
  return url.href.replace(/\/$/, '');
}

function requireStore(text: string): string {
  const known = text === 'sqlite' || /^postgres(ql)?:\/\//.test(text);
  // The text may hold a password: it is not repeated.
  if (!known) throw settingError('store', 'must be sqlite or begin with postgres://');
  return text;
}

function requireLocation(text: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(text))
    throw settingError('location', 'must be lower-case letters, digits and dashes, such as us-east-1');
  return text;
}

function requirePassphraseFile(rootKey: string, file: string | undefined): string | undefined {
  if (rootKey === 'passphrase' && file === undefined) {
    throw settingError(
      'rootPassphraseFile',
      'must name the file of the passphrase when root-key is passphrase',
    );
  }
  return file === undefined ? undefined : resolve(file);
}

type GivenTexts = Readonly<Record<SettingName, string | undefined>>;

function requireTlsPair(
  texts: GivenTexts,
  certificate: SettingName,
  key: SettingName,
): { readonly certificateFile: string; readonly keyFile: string } | undefined {
  const [certificateFile, keyFile] = [texts[certificate], texts[key]];
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  if (certificateFile === undefined)
    throw settingError(certificate, `must be given with ${ROWS[key].option}`);
  if (keyFile === undefined) throw settingError(key, `must be given with ${ROWS[certificate].option}`);
  return { certificateFile: resolve(certificateFile), keyFile: resolve(keyFile) };
}

function rootKmsSettings(texts: GivenTexts): RootKmsSettings | undefined {
  const { rootKmsUrl, rootKmsKey, rootKmsCredentialsFile, rootKmsCaFile } = texts;
  if (rootKmsUrl === undefined && texts.rootKey !== 'kms') return undefined;
  if (rootKmsUrl === undefined) throw settingError('rootKmsUrl', 'must be given with a root key of a KMS');
  const url = URL.parse(rootKmsUrl);
  const bare = url !== null && `${url.origin}/` === url.href;
  if (!bare || !isSafeAddress(url))
    throw settingError(
      'rootKmsUrl',
      'must be https://host:port without path; http is for this machine alone',
    );
  if (rootKmsKey === undefined || rootKmsCredentialsFile === undefined) {
    const absent = rootKmsKey === undefined ? 'rootKmsKey' : 'rootKmsCredentialsFile';
    throw settingError(absent, `must be given with ${ROWS.rootKmsUrl.option}`);
  }
  const service = texts.rootKms === 'vault' ? 'vault' : 'aws';
  if (service === 'vault' && !/^[\w.-]+(?:\/[\w.-]+)+$/.test(rootKmsKey))
    throw settingError('rootKmsKey', 'must be <mount>/<name>, such as transit/keyhold-root');
  return {
    service,
    url,
    key: rootKmsKey,
    region: texts.rootKmsRegion ?? '',
    credentialsFile: resolve(rootKmsCredentialsFile),
    caFile: rootKmsCaFile === undefined ? undefined : resolve(rootKmsCaFile),
    timeoutMs: Number(texts.rootKmsTimeoutMs),
  };
}

function tokenSettings(texts: GivenTexts): TokenSettings | undefined {
  const { pkcs11Library, pkcs11PinFile, pkcs11Label: label, pkcs11Serial: serial } = texts;
  if (pkcs11Library === undefined) {
    if (texts.rootKey === 'pkcs11')
      throw settingError('pkcs11Library', 'must be given with a root key in a token');
    if (texts.randomSource === TOKEN_SOURCE)
      throw settingError('pkcs11Library', 'must be given with the random bytes of a token');
    return undefined;
  }
  if (pkcs11PinFile === undefined)
    throw settingError('pkcs11PinFile', `must be given with ${ROWS.pkcs11Library.option}`);
  if (label === undefined && serial === undefined)
    throw settingError(
      'pkcs11Label',
      `or ${ROWS.pkcs11Serial.option} must be given with ${ROWS.pkcs11Library.option}`,
    );
  const sessions = Number(texts.pkcs11Sessions);
  if (sessions < 1 || sessions > 64) throw settingError('pkcs11Sessions', 'must be 1 to 64');
  const [library, pinFile] = [resolve(pkcs11Library), resolve(pkcs11PinFile)];
  return { library, label, serial, pinFile, sessions, timeoutMs: Number(texts.pkcs11TimeoutMs) };
}

function formerTokenSettings(texts: GivenTexts): TokenSettings | undefined {
  const { pkcs11FormerPinFile: pinFile, pkcs11FormerLabel: label, pkcs11FormerSerial: serial } = texts;
  if (label === undefined && serial === undefined) {
    if (pinFile === undefined && texts.pkcs11FormerLibrary === undefined) return undefined;
    const others = `${ROWS.pkcs11FormerPinFile.option} and ${ROWS.pkcs11FormerLibrary.option}`;
    throw settingError(
      'pkcs11FormerLabel',
      `or ${ROWS.pkcs11FormerSerial.option} must be given with ${others}`,
    );
  }
  if (texts.pkcs11Library === undefined)
    throw settingError('pkcs11Library', 'must be given with a token that the root key moves away from');
  if (pinFile === undefined)
    throw settingError('pkcs11FormerPinFile', `must be given with ${ROWS.pkcs11FormerLabel.option}`);
  const library = resolve(texts.pkcs11FormerLibrary ?? texts.pkcs11Library);
  const timeoutMs = Number(texts.pkcs11TimeoutMs);
  return { library, label, serial, pinFile: resolve(pinFile), sessions: 1, timeoutMs };
}

function keystoneSettings({ keystoneUrl: url, keystoneUserFile: file }: GivenTexts): Settings['keystone'] {
  if (url === undefined && file === undefined) return undefined;
  if (url === undefined)
    throw settingError('keystoneUrl', `must be given with ${ROWS.keystoneUserFile.option}`);
  if (file === undefined)
    throw settingError('keystoneUserFile', `must be given with ${ROWS.keystoneUrl.option}`);
  return { url: requireUrl('keystoneUrl', url), userFile: resolve(file) };
}

function kmipSettings(texts: GivenTexts): KmipSettings | undefined {
  if (texts.kmip === 'off') return undefined;
  return {
    tls: requireTlsPair(texts, 'kmipTlsCertificateFile', 'kmipTlsKeyFile'),
    names: kmipNames(texts),
    clientAuthority: clientAuthority(texts),
    port: Number(texts.kmipPort),
    legacyCiphers: texts.kmipCiphers === 'legacy',
    takesInterop: texts.kmipInterop === 'on',
    connectionsMax: Number(texts.connectionsMax),
  };
}

function clientAuthority(texts: GivenTexts): KmipSettings['clientAuthority'] {
  const { kmipClientCaFile: caFile, kmipClientCrlFile: crlFile, kmipClientCaProject: project = '' } = texts;
  if (caFile === undefined && crlFile !== undefined)
    throw settingError('kmipClientCrlFile', `must be given with ${ROWS.kmipClientCaFile.option}`);
  if (caFile === undefined) return undefined;
  return { caFile: resolve(caFile), crlFile: crlFile && resolve(crlFile), project };
}

/** Of all addresses to listen on none is one that clients could call. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function kmipNames({ kmipNames: given, host, publicUrl }: GivenTexts): readonly string[] {
  const reached = [...splitList(given ?? ''), host ?? '', URL.parse(publicUrl ?? '')?.hostname ?? ''];
  const plain = reached.map(name => name.replace(/^\[|\]$/g, '').toLowerCase());
  const names = [...plain, 'localhost', '127.0.0.1', '::1'];
  return [...new Set(names.filter(name => name !== '' && !ANY_ADDRESS.has(name)))];
}

function readOneLine(name: SettingName, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw settingError(name, `names the file ${file}, which cannot be read`);
  }
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

function settingError(name: SettingName, rule: string): Error {
  return invalidInput(`${ROWS[name].environment} (--${ROWS[name].option})`, rule);
}
