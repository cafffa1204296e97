// Faults of attributes.

import type { FaultRows } from './row.ts';

export const OF_ATTRIBUTES = {
  invalidAttribute: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidAttribute' },
    message: 'There is no such attribute here.',
  },
  invalidAttributeValue: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidAttributeValue' },
    message: 'The value of an attribute breaks a rule.',
  },
  singleValuedAtCreation: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'AttributeSingleValued' },
    message: 'An attribute has one value only.',
  },
  attributeSingleValued: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'AttributeSingleValued' },
    message: 'The attribute has a value already, and no more than one.',
  },
  attributeReadOnly: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'AttributeReadOnly' },
    message: 'The attribute is not set by clients.',
  },
  readOnlyAttribute: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'ReadOnlyAttribute' },
    message: 'The attribute is not set by clients.',
  },
  multiValuedAttribute: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'MultiValuedAttribute' },
    message: 'The attribute may have several values: add, modify or delete them.',
  },
  attributeNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'AttributeNotFound' },
    message: 'The object does not have the attribute.',
  },
  attributeInstanceNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'AttributeInstanceNotFound' },
    message: 'The object does not have this instance of the attribute.',
  },
  invalidDataType: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidDataType' },
    message: 'The attribute is no number.',
  },
  numericRange: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'NumericRange' },
    message: 'The number leaves its range.',
  },
  nameTaken: {
    code: 'alreadyExists',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'NonUniqueNameAttribute' },
    message: 'Another object has this Name.',
  },
  nameTakenAtCreation: {
    code: 'alreadyExists',
    reasons: { '1.0': 'InvalidField', '2.0': 'NonUniqueNameAttribute' },
    message: 'Another object has this Name.',
  },
  constraintViolation: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'ConstraintViolation' },
    message: 'The object is not within the constraints of the project.',
  },
  applicationNamespaceNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'ApplicationNamespaceNotSupported' },
    message: 'Data of this Application Namespace must be given.',
  },
} as const satisfies FaultRows;
