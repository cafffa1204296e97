// The attributes of managed objects (KMIP 1.4 section 3, 2.1 section 4): which versions know them, who sets them, and where they are kept.
// One table; whatever reads, sets, finds or lists attributes asks here.

import { isKeyOf, tableKeys } from '../../../base/table.ts';
import { attributeTag, attributeText, type TagName, type Version } from '../../../wire/ttlv/index.ts';

interface AttributeRow {
  /** The first version that has it, and the last one where it was taken out. */
  readonly since: Version;
  readonly until?: Version;
  /** Who sets it when the object is made, and afterwards. What the server sets, a client may say as well where it is so. */
  readonly init: 'client' | 'server';
  readonly stated?: true;
  readonly modify?: true;
  readonly remove?: true;
  readonly multiple?: true;
  /** `key`: told by the core's key, `facet`: kept beside it as it came. */
  readonly kept: 'key' | 'facet';
  /** Of a structure: what it holds, in this order. `made`: by the server where a client leaves it out, for namespaces that it knows. */
  readonly fields?: Readonly<Partial<Record<TagName, 'required' | 'optional' | 'made'>>>;
}

const OF_CLIENT = { init: 'client', modify: true, remove: true, kept: 'facet' } as const;
const MANY = { ...OF_CLIENT, multiple: true } as const;
const OF_SERVER = { init: 'server', kept: 'key' } as const;
const PLANNED = { since: '1.0', init: 'client', modify: true, kept: 'key' } as const;
const OF_CERTIFICATES = { init: 'server', kept: 'facet' } as const;
/** The parts of both names of a certificate; the specification has them from 2.0 on, and its cases from 1.4. */
const PART_OF_NAME = { since: '1.4', init: 'server', multiple: true, kept: 'facet' } as const;
/** How the object is to be replaced, which clients plan. */
const ROTATION = { init: 'client', modify: true, kept: 'facet' } as const;
/** What 3.0 has taken Link apart into (plain-forms.ts), and links that it has added. */
const OF_3 = { since: '3.0', ...MANY } as const;

export const ATTRIBUTES = {
  UniqueIdentifier: { since: '1.0', ...OF_SERVER },
  Name: {
    since: '1.0',
    ...MANY,
    fields: { NameValue: 'required', NameType: 'required' },
  },
  ObjectType: { since: '1.0', ...OF_SERVER, stated: true },
  CryptographicAlgorithm: { since: '1.0', init: 'client', kept: 'key' },
  CryptographicLength: { since: '1.0', init: 'client', kept: 'key' },
  CryptographicParameters: {
    since: '1.0',
    ...MANY,
    fields: {
      BlockCipherMode: 'optional',
      PaddingMethod: 'optional',
      HashingAlgorithm: 'optional',
      KeyRoleType: 'optional',
      DigitalSignatureAlgorithm: 'optional',
      CryptographicAlgorithm: 'optional',
      RandomIV: 'optional',
      IVLength: 'optional',
      TagLength: 'optional',
      FixedFieldLength: 'optional',
      InvocationFieldLength: 'optional',
      CounterLength: 'optional',
      InitialCounterValue: 'optional',
      SaltLength: 'optional',
      MaskGenerator: 'optional',
      MaskGeneratorHashingAlgorithm: 'optional',
      PSource: 'optional',
      TrailerField: 'optional',
    },
  },
  CryptographicDomainParameters: {
    since: '1.0',
    init: 'client',
    kept: 'facet',
    fields: { Qlength: 'optional', RecommendedCurve: 'optional' },
  },
  CertificateType: { since: '1.0', init: 'client', kept: 'key' },
  CertificateLength: { since: '1.1', ...OF_CERTIFICATES, stated: true },
  CertificateIdentifier: { since: '1.0', until: '1.4', ...OF_CERTIFICATES },
  CertificateSubject: { since: '1.0', until: '1.4', ...OF_CERTIFICATES },
  CertificateIssuer: { since: '1.0', until: '1.4', ...OF_CERTIFICATES },
  X_509CertificateIdentifier: { since: '1.1', ...OF_CERTIFICATES },
  X_509CertificateSubject: { since: '1.1', ...OF_CERTIFICATES },
  X_509CertificateIssuer: { since: '1.1', ...OF_CERTIFICATES },
  CertificateSubjectCN: PART_OF_NAME,
  CertificateSubjectO: PART_OF_NAME,
  CertificateSubjectOU: PART_OF_NAME,
  CertificateSubjectEmail: PART_OF_NAME,
  CertificateSubjectC: PART_OF_NAME,
  CertificateSubjectST: PART_OF_NAME,
  CertificateSubjectL: PART_OF_NAME,
  CertificateSubjectUID: PART_OF_NAME,
  CertificateSubjectSerialNumber: PART_OF_NAME,
  CertificateSubjectTitle: PART_OF_NAME,
  CertificateSubjectDC: PART_OF_NAME,
  CertificateSubjectDNQualifier: PART_OF_NAME,
  CertificateIssuerCN: PART_OF_NAME,
  CertificateIssuerO: PART_OF_NAME,
  CertificateIssuerOU: PART_OF_NAME,
  CertificateIssuerEmail: PART_OF_NAME,
  CertificateIssuerC: PART_OF_NAME,
  CertificateIssuerST: PART_OF_NAME,
  CertificateIssuerL: PART_OF_NAME,
  CertificateIssuerUID: PART_OF_NAME,
  CertificateIssuerSerialNumber: PART_OF_NAME,
  CertificateIssuerTitle: PART_OF_NAME,
  CertificateIssuerDC: PART_OF_NAME,
  CertificateIssuerDNQualifier: PART_OF_NAME,
  DigitalSignatureAlgorithm: { since: '1.1', ...OF_CERTIFICATES, stated: true },
  Digest: { since: '1.0', init: 'server', multiple: true, kept: 'key' },
  OperationPolicyName: { since: '1.0', until: '1.4', init: 'client', kept: 'facet' },
  CryptographicUsageMask: { since: '1.0', init: 'client', kept: 'key' },
  LeaseTime: { since: '1.0', ...OF_SERVER },
  UsageLimits: {
    ...PLANNED,
    remove: true,
    fields: { UsageLimitsTotal: 'required', UsageLimitsCount: 'optional', UsageLimitsUnit: 'required' },
  },
  State: { since: '1.0', ...OF_SERVER },
  InitialDate: { since: '1.0', ...OF_SERVER },
  ActivationDate: PLANNED,
  ProcessStartDate: PLANNED,
  ProtectStopDate: PLANNED,
  DeactivationDate: PLANNED,
  DestroyDate: { since: '1.0', ...OF_SERVER },
  CompromiseOccurrenceDate: { since: '1.0', ...OF_SERVER },
  CompromiseDate: { since: '1.0', ...OF_SERVER },
  RevocationReason: { since: '1.0', ...OF_SERVER },
  ArchiveDate: { since: '1.0', ...OF_SERVER },
  ObjectGroup: { since: '1.0', until: '2.1', ...MANY },
  GroupLink: { since: '3.0', ...MANY },
  Fresh: { since: '1.1', init: 'client', kept: 'facet' },
  Link: {
    since: '1.0',
    until: '2.1',
    ...MANY,
    fields: { LinkType: 'required', LinkedObjectIdentifier: 'required' },
  },
  CertificateLink: OF_3,
  ChildLink: OF_3,
  DerivationObjectLink: OF_3,
  DerivedObjectLink: OF_3,
  NextLink: OF_3,
  ParentLink: OF_3,
  PKCS_12CertificateLink: OF_3,
  PKCS_12PasswordLink: OF_3,
  PreviousLink: OF_3,
  PrivateKeyLink: OF_3,
  PublicKeyLink: OF_3,
  ReplacedObjectLink: OF_3,
  ReplacementObjectLink: OF_3,
  WrappingKeyLink: OF_3,
  CertificateRequestLink: OF_3,
  CredentialLink: OF_3,
  JoinedSplitKeyPartsLink: OF_3,
  PasswordLink: OF_3,
  SplitKeyBaseLink: OF_3,
  ApplicationSpecificInformation: {
    since: '1.0',
    ...MANY,
    fields: { ApplicationNamespace: 'required', ApplicationData: 'made' },
  },
  ContactInformation: { since: '1.0', ...OF_CLIENT },
  LastChangeDate: { since: '1.0', ...OF_SERVER },
  AlternativeName: {
    since: '1.2',
    ...MANY,
    fields: { AlternativeNameValue: 'required', AlternativeNameType: 'required' },
  },
  KeyValuePresent: { since: '1.2', ...OF_SERVER },
  KeyValueLocation: {
    since: '1.2',
    ...MANY,
    fields: { KeyValueLocationValue: 'required', KeyValueLocationType: 'required' },
  },
  OriginalCreationDate: { since: '1.2', init: 'client', kept: 'facet' },
  RandomNumberGenerator: {
    since: '1.3',
    init: 'client',
    kept: 'facet',
    fields: {
      RNGAlgorithm: 'required',
      CryptographicAlgorithm: 'optional',
      CryptographicLength: 'optional',
      HashingAlgorithm: 'optional',
      DRBGAlgorithm: 'optional',
      RecommendedCurve: 'optional',
      FIPS186Variation: 'optional',
      PredictionResistance: 'optional',
    },
  },
  PKCS_12FriendlyName: { since: '1.4', ...OF_CLIENT },
  Description: { since: '1.4', ...OF_CLIENT },
  Comment: { since: '1.4', ...OF_CLIENT },
  // What may leave is taken back, and never given again.
  Sensitive: { since: '1.4', init: 'client', modify: true, kept: 'key' },
  AlwaysSensitive: { since: '1.4', ...OF_SERVER },
  Extractable: { since: '1.4', init: 'client', modify: true, kept: 'key' },
  NeverExtractable: { since: '1.4', ...OF_SERVER },
  ShortUniqueIdentifier: { since: '2.0', ...OF_SERVER },
  // In which form an object is to be made.
  KeyFormatType: { since: '2.0', ...OF_SERVER, stated: true },
  OpaqueDataType: { since: '2.0', ...OF_SERVER },
  NISTKeyType: { since: '2.0', init: 'client', multiple: true, kept: 'facet' },
  ProtectionLevel: { since: '2.0', ...OF_CLIENT },
  ProtectionPeriod: { since: '2.0', ...OF_CLIENT },
  ProtectionStorageMask: { since: '2.0', ...OF_SERVER },
  QuantumSafe: { since: '2.0', ...OF_CLIENT },
  RotateInterval: { since: '2.1', ...ROTATION },
  RotateAutomatic: { since: '2.1', ...ROTATION },
  RotateOffset: { since: '2.1', ...ROTATION },
  RotateDate: { since: '2.1', init: 'server', kept: 'facet' },
  RotateGeneration: { since: '2.1', init: 'server', kept: 'facet' },
  RotateName: {
    since: '2.1',
    ...OF_CLIENT,
    fields: { RotateNameValue: 'required', RotateNameType: 'required' },
  },
  RotateLatest: { since: '2.1', init: 'server', kept: 'facet' },
  ObjectClass: { since: '3.0', ...OF_SERVER },
  NISTSecurityCategory: { since: '3.0', ...OF_SERVER, stated: true },
  DeactivationReason: { since: '3.0', init: 'server', kept: 'facet' },
} as const satisfies Readonly<Partial<Record<TagName, AttributeRow>>>;

/** An attribute of the specification, by the name of its tag. */
export type StandardAttribute = keyof typeof ATTRIBUTES;

/** One of somebody's own: `<vendor>-<name>`. In 1.x the vendors are `x` and `y`, and no vendor has a dash. */
export type CustomAttribute = `${string}-${string}`;

export type AttributeName = StandardAttribute | CustomAttribute;

export type KeptAttribute<Place extends AttributeRow['kept']> = {
  readonly [Name in StandardAttribute]: (typeof ATTRIBUTES)[Name]['kept'] extends Place ? Name : never;
}[StandardAttribute];

const ROWS: Readonly<Record<StandardAttribute, AttributeRow>> = ATTRIBUTES;

export const STANDARD_ATTRIBUTES = tableKeys(ROWS);

const CUSTOM_ROW: AttributeRow = { since: '1.0', ...MANY };
/** The specification leaves `y-` to servers. */
const CUSTOM_OF_SERVER_ROW: AttributeRow = { since: '1.0', init: 'server', kept: 'facet' };

export function isStandard(name: AttributeName): name is StandardAttribute {
  return isKeyOf(ROWS, name);
}

export function attributeRow(name: AttributeName): AttributeRow {
  if (isStandard(name)) return ROWS[name];
  return name.startsWith('y-') ? CUSTOM_OF_SERVER_ROW : CUSTOM_ROW;
}

/** Whether a caller of the version may see it. */
export function isAttributeIn(version: Version, name: AttributeName): boolean {
  const { since, until } = attributeRow(name);
  const isKnown = version >= since && (until === undefined || version <= until);
  // The names of other vendors have no form in 1.x.
  return isKnown && (isStandard(name) || version >= '2.0' || /^[xy]-/.test(name));
}

/** By the name that 1.x gives it, or the same without its spaces, as some clients write it; undefined for one that nobody knows. */
export function attributeOfText(text: string): AttributeName | undefined {
  if (/^[xy]-./s.test(text)) return text as CustomAttribute;
  const tag = attributeTag(text) ?? text;
  return isKeyOf(ROWS, tag) ? tag : undefined;
}

export function textOfAttribute(name: AttributeName): string {
  return isStandard(name) ? attributeText(name) : name;
}
