// Query: what this server is and can (KMIP 2.1 section 6.1.37). What is told is what is served, in the version of the client.

import { tableKeys } from '../../../base/table.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import {
  isValueIn,
  make,
  maskOf,
  read,
  type TtlvField,
  type ValueName,
  type Version,
} from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { GENERATOR } from '../generator.ts';
import { isNamed } from '../held/rights.ts';
import { policyDocument, readGroups, writePolicies } from '../objects/policies.ts';
import { operation, type Payload } from '../operation.ts';
import { profilesIn } from '../profiles.ts';
import { type OperationName, perform } from '../request.ts';

type QueryFunction = ValueName<'QueryFunction'>;

const OBJECT_TYPES = [
  'Certificate',
  'SymmetricKey',
  'PublicKey',
  'PrivateKey',
  'SplitKey',
  'Template',
  'SecretData',
  'OpaqueObject',
  'PGPKey',
  'CertificateRequest',
  'User',
  'Group',
  'PasswordCredential',
] as const;

const VENDOR = 'Keyhold';

interface Asked {
  readonly version: Version;
  /** The operations that are served, which this file cannot know: they are where it is one of them. */
  readonly operations: readonly OperationName[];
  /** What is kept beside the project, where its defaults are asked for. */
  readonly policies: FacetDocument | undefined;
  /** Undefined: whatever groups its defaults are for. */
  readonly groups: ReadonlySet<string> | undefined;
}

/** The answers of each function, total by type. Those of several stand in the order of this table. */
const ANSWERS: Readonly<Record<QueryFunction, (asked: Asked) => Payload>> = {
  QueryOperations: ({ version, operations }) =>
    operations
      .filter(name => isValueIn(version, 'Operation', name))
      .map(name => make.enumeration('Operation', name)),
  QueryObjects: ({ version }) =>
    OBJECT_TYPES.filter(type => isValueIn(version, 'ObjectType', type)).map(type =>
      make.enumeration('ObjectType', type),
    ),
  QueryServerInformation: ({ version }) => [
    make.textString('VendorIdentification', VENDOR),
    make.structure(
      'ServerInformation',
      version < '2.0' ? [] : [make.textString('ServerName', VENDOR), make.textString('ProductName', VENDOR)],
    ),
  ],
  QueryApplicationNamespaces: () => [],
  QueryExtensionList: () => [],
  QueryExtensionMap: () => [],
  QueryAttestationTypes: () => [],
  QueryRNGs: () => [make.structure('RNGParameters', GENERATOR)],
  QueryValidations: () => [],
  QueryProfiles: ({ version, operations }) => profilesIn(version, operations),
  QueryCapabilities: ({ version }) => [capabilities(version)],
  // The first start makes a client's key and certificate. All others make their own key, which is certified here, or register a certificate.
  QueryClientRegistrationMethods: () =>
    (['ServerPreGenerated', 'ClientGenerated', 'ClientRegistered'] as const).map(name =>
      make.enumeration('ClientRegistrationMethod', name),
    ),
  QueryDefaultsInformation: ({ policies, version, groups }) => [
    writePolicies(policies, 'DefaultsInformation', version, groups),
  ],
  QueryStorageProtectionMasks: () => [
    make.structure('ProtectionStorageMasks', [
      make.integer('ProtectionStorageMask', maskOf('ProtectionStorageMask', ['Software'])),
    ]),
  ],
  QueryCredentialInformation: () => [],
};

function capabilities(version: Version): TtlvField {
  return make.structure('CapabilityInformation', [
    make.boolean('StreamingCapability', true),
    make.boolean('AsynchronousCapability', true),
    make.boolean('AttestationCapability', false),
    version < '1.4' ? undefined : make.boolean('BatchUndoCapability', true),
    version < '1.4' ? undefined : make.boolean('BatchContinueCapability', true),
    make.enumeration('UnwrapMode', 'NotProcessed'),
    make.enumeration('DestroyAction', 'KeyMaterialDeleted'),
    // The material is erased from the store; what lies beneath that is no affair of ours.
    make.enumeration('ShreddingAlgorithm', 'Unsupported'),
    make.enumeration('RNGMode', 'SharedInstantiation'),
    version < '2.0' ? undefined : make.boolean('QuantumSafeCapability', false),
  ]);
}

/** `operations` is asked for when the operation runs: the table of them holds this one. */
export function queryOperation(operations: () => readonly OperationName[]) {
  return operation({
    decode(payload) {
      const functions = payload.many('QueryFunction', read.enumeration('QueryFunction'));
      if (functions.length === 0) throw refusal('missingData', 'Query Function is required.');
      return { functions, groups: readGroups(payload) };
    },

    async run(request, { functions, groups }) {
      await perform(request, answerRequest, { asked: 'Query' });
      const { version } = request;
      const { ticket, takesInterop } = request;
      const named = operations().filter(
        name => (ticket === undefined || isNamed(ticket, name)) && (name !== 'Interop' || takesInterop),
      );
      const policies = functions.includes('QueryDefaultsInformation')
        ? await policyDocument(request)
        : undefined;
      const asked = { version, operations: named, policies, groups };
      return tableKeys(ANSWERS)
        .filter(name => functions.includes(name) && isValueIn(version, 'QueryFunction', name))
        .flatMap(name => ANSWERS[name](asked));
    },
  });
}
