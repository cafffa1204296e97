// Faults of objects: what they are, where they are, and the state that they are in.

import type { FaultRows } from './row.ts';

export const OF_OBJECTS = {
  objectNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'ObjectNotFound' },
    message: 'There is no such object.',
  },
  emptyPlaceholder: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound' },
    message: 'No Unique Identifier is given, and the ID Placeholder is empty.',
  },
  objectAlreadyExists: {
    code: 'alreadyExists',
    reasons: { '1.0': 'InvalidField', '1.4': 'ObjectAlreadyExists' },
    message: 'An object of this Unique Identifier is there.',
  },
  objectDestroyed: {
    code: 'keyDestroyed',
    reasons: { '1.0': 'ItemNotFound', '2.1': 'ObjectDestroyed' },
    message: 'The object is destroyed.',
  },
  alreadyDestroyed: {
    code: 'keyDestroyed',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'ObjectDestroyed' },
    message: 'The object is destroyed.',
  },
  objectObliterated: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound' },
    message: 'Nothing is left of the object.',
  },
  objectArchived: {
    code: 'keyArchived',
    reasons: { '1.0': 'ObjectArchived' },
    message: 'The object is archived.',
  },
  wrongState: {
    code: 'conflict',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'WrongKeyLifecycleState' },
    message: 'The state of the object does not allow it.',
  },
  passwordNotActive: {
    code: 'conflict',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'WrongKeyLifecycleState' },
    message: 'The password of the file is not active.',
  },
  permissionDenied: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied' },
    message: 'The caller may not do this.',
  },
  sensitive: {
    code: 'notExportable',
    reasons: { '1.0': 'PermissionDenied', '1.4': 'Sensitive' },
    message: 'The object is sensitive: it leaves wrapped only.',
  },
  notExtractable: {
    code: 'notExportable',
    reasons: { '1.0': 'PermissionDenied', '1.4': 'NotExtractable' },
    message: 'The object is not extractable.',
  },
  illegalOperation: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'PermissionDenied' },
    message: 'The object does not allow it.',
  },
  illegalObjectType: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidObjectType' },
    message: 'The operation is not for objects of this type.',
  },
  unfitObject: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'InvalidObjectType' },
    message: 'Objects of this type are not replaced, or certified, so.',
  },
  notChecked: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'IllegalObjectType' },
    message: 'Objects of this type are used for nothing.',
  },
  leaseTooLong: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied' },
    message: 'The Lease Time is longer than any lease that is given.',
  },
  noUsageLimits: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'AttributeNotFound' },
    message: 'The object has no Usage Limits.',
  },
  offsetFromNothing: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'InvalidField' },
    message: 'An Offset is for an object that has an Activation Date.',
  },
  keyValueNotPresent: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'IllegalOperation', '1.2': 'KeyValueNotPresent' },
    message: 'The Key Value of the object is elsewhere.',
  },
  keyFormatTypeNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'KeyFormatTypeNotSupported' },
    message: 'The object cannot be had in this Key Format Type.',
  },
  keyCompressionTypeNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'KeyCompressionTypeNotSupported' },
    message: 'The object cannot be had in this Key Compression Type.',
  },
} as const satisfies FaultRows;
