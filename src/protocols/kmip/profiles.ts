// The profiles of OASIS that this server says it serves (KMIP 2.1 profiles, section 5): those whose operations are all served, and whose
// published cases are played in test/conformance/kmip.

import { make, type TtlvField, type ValueName, type Version } from '../../wire/ttlv/index.ts';
import { hasOwnTags, numbersOf } from './names.ts';
import type { OperationName } from './request.ts';

type ProfileName = ValueName<'ProfileName'>;

/** Of every profile from 1.2 on (KMIP 1.4 profiles, section 5.1.2). */
const BASELINE = [
  'Locate',
  'Check',
  'Get',
  'GetAttributes',
  'GetAttributeList',
  'AddAttribute',
  'ModifyAttribute',
  'DeleteAttribute',
  'Activate',
  'Revoke',
  'Destroy',
  'Query',
  'DiscoverVersions',
] as const satisfies readonly OperationName[];

/**
 * What 2.x asks for besides, under every profile (KMIP 2.1 profiles, section 5.1.2): among it operations that go from the server to its
 * clients. As long as they are not served, there is no profile of 2.x to tell of.
 */
const BASELINE_OF_2 = [
  ...BASELINE,
  'AdjustAttribute',
  'Export',
  'Import',
  'Interop',
  'Log',
  'Register',
  'SetAttribute',
  'SetEndpointRole',
  'Notify',
  'Put',
] as const satisfies readonly OperationName[];

/** What each profile asks for beyond the baseline. */
const PROFILES = {
  Baseline: [],
  TapeLibrary: ['Create', 'Get', 'AddAttribute', 'ModifyAttribute'],
  SymmetricKeyLifecycle: ['Create', 'Activate', 'Revoke', 'Destroy'],
  AsymmetricKeyLifecycle: ['CreateKeyPair', 'Activate', 'Revoke', 'Destroy'],
  BasicCryptographic: ['Encrypt', 'Decrypt'],
  AdvancedCryptographic: [
    'Encrypt',
    'Decrypt',
    'Sign',
    'SignatureVerify',
    'MAC',
    'MACVerify',
    'Hash',
    'RNGRetrieve',
    'RNGSeed',
  ],
  RNGCryptographic: ['RNGRetrieve', 'RNGSeed'],
  SymmetricKeyFoundry: ['Create', 'Get'],
  OpaqueManagedObjectStore: ['Register', 'Get'],
  StorageArrayWithSelfEncryptingDrive: ['Register', 'Get'],
  HTTPS: [],
  JSON: [],
  XML: [],
  AESXTS: ['Create', 'Encrypt', 'Decrypt'],
  PKCS_11: ['PKCS_11'],
} as const satisfies Readonly<Record<string, readonly OperationName[]>>;

type Profile = keyof typeof PROFILES;

/** Of 1.x, with the first minor version that there was one for. The suites of the baseline with TLS 1.2 are those of `--kmip-ciphers`. */
const OF_1 = {
  TapeLibrary: 0,
  SymmetricKeyLifecycle: 0,
  AsymmetricKeyLifecycle: 0,
  SymmetricKeyFoundry: 0,
  OpaqueManagedObjectStore: 0,
  StorageArrayWithSelfEncryptingDrive: 0,
  HTTPS: 0,
  JSON: 0,
  XML: 0,
  BasicCryptographic: 2,
  AdvancedCryptographic: 2,
  RNGCryptographic: 2,
} as const satisfies Partial<Record<Profile, 0 | 2>>;

type OfEvery = {
  readonly [Name in keyof typeof OF_1]: (typeof OF_1)[Name] extends 0 ? Name : never;
}[keyof typeof OF_1];
type OfLater = Exclude<keyof typeof OF_1, OfEvery>;

const MINORS = [0, 1, 2, 3, 4] as const;

/** Profile Information for each profile, in the words of the version; none before 1.3, which has no such question. */
export function profilesIn(version: Version, operations: readonly OperationName[]): readonly TtlvField[] {
  const baseline = hasOwnTags(version) ? BASELINE_OF_2 : BASELINE;
  const served = (Object.keys(PROFILES) as readonly Profile[]).filter(profile =>
    [...baseline, ...PROFILES[profile]].every(name => operations.includes(name)),
  );
  if (hasOwnTags(version)) return served.map(profile => information(`${profile}Server`, version));
  const { minor: last } = numbersOf(version);
  const minors = MINORS.filter(minor => minor <= last);
  return served.flatMap(profile =>
    minors.flatMap(minor => namesOf1(profile, minor)).map(name => information(name, undefined)),
  );
}

function namesOf1(profile: Profile, minor: (typeof MINORS)[number]): readonly ProfileName[] {
  if (profile === 'Baseline' && minor >= 2) return [`BaselineServerTLSV1_2KMIPV1_${minor as 2 | 3 | 4}`];
  if (!isOf1(profile) || minor < OF_1[profile]) return [];
  return OF_1[profile] === 0
    ? [`${profile as OfEvery}ServerKMIPV1_${minor}`]
    : [`${profile as OfLater}ServerKMIPV1_${minor as 2 | 3 | 4}`];
}

function isOf1(profile: Profile): profile is keyof typeof OF_1 {
  return Object.hasOwn(OF_1, profile);
}

function information(name: ProfileName, version: Version | undefined): TtlvField {
  return make.structure('ProfileInformation', [
    make.enumeration('ProfileName', name),
    make.ifPresent(version && numbersOf(version), ({ major, minor }) =>
      make.structure('ProfileVersion', [
        make.integer('ProfileVersionMajor', major),
        make.integer('ProfileVersionMinor', minor),
      ]),
    ),
  ]);
}
