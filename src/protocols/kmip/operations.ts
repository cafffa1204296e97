// Every operation of KMIP: how it is served, or why it is not. Total by type.

import { tableKeys } from '../../base/table.ts';
import type { KmipOperation } from './operation.ts';
import { ADJUST_ATTRIBUTE } from './operations/adjust-attribute.ts';
import { CERTIFY, RE_CERTIFY } from './operations/certify.ts';
import {
  ADD_ATTRIBUTE,
  DELETE_ATTRIBUTE,
  MODIFY_ATTRIBUTE,
  SET_ATTRIBUTE,
} from './operations/change-attributes.ts';
import { CHECK } from './operations/check.ts';
import { CREATE } from './operations/create.ts';
import { CREATE_KEY_PAIR } from './operations/create-key-pair.ts';
import { CANCEL, POLL, PROCESS, QUERY_ASYNCHRONOUS_REQUESTS } from './operations/deferred.ts';
import { DERIVE_KEY } from './operations/derive.ts';
import { DISCOVER_VERSIONS } from './operations/discover-versions.ts';
import { DECRYPT, ENCRYPT } from './operations/encrypt.ts';
import { DEACTIVATE, OBLITERATE } from './operations/endings.ts';
import { EXPORT } from './operations/export.ts';
import { GET } from './operations/get.ts';
import { GET_ATTRIBUTE_LIST, GET_ATTRIBUTES } from './operations/get-attributes.ts';
import { HASH } from './operations/hash.ts';
import { IMPORT } from './operations/import.ts';
import {
  ACTIVATE,
  ARCHIVE,
  DESTROY,
  GET_USAGE_ALLOCATION,
  OBTAIN_LEASE,
  RECOVER,
  REVOKE,
} from './operations/life.ts';
import { LOCATE } from './operations/locate.ts';
import { MAC, MAC_VERIFY } from './operations/mac.ts';
import { PKCS_11 } from './operations/pkcs-11.ts';
import { GET_CONSTRAINTS, SET_CONSTRAINTS, SET_DEFAULTS } from './operations/policies.ts';
import { queryOperation } from './operations/query.ts';
import { RNG_RETRIEVE, RNG_SEED } from './operations/random.ts';
import { REGISTER } from './operations/register.ts';
import { RE_KEY } from './operations/rekey.ts';
import { RE_KEY_KEY_PAIR } from './operations/rekey-key-pair.ts';
import { INTEROP, LOG, PING } from './operations/server.ts';
import { DELEGATED_LOGIN, LOGIN, LOGOUT } from './operations/sessions.ts';
import { SIGN, SIGNATURE_VERIFY } from './operations/sign.ts';
import { CREATE_SPLIT_KEY, JOIN_SPLIT_KEY } from './operations/split-key.ts';
import { CREATE_CREDENTIAL, CREATE_GROUP, CREATE_USER } from './operations/users.ts';
import { VALIDATE } from './operations/validate.ts';
import type { OperationName } from './request.ts';

/** Why an operation is answered Operation Not Supported; docs/protocols/kmip.md lists them. */
type NotServed = 'credentials are no objects here' | 'goes from a server to its client';

export const OPERATIONS: Readonly<Record<OperationName, KmipOperation | NotServed>> = {
  Create: CREATE,
  CreateKeyPair: CREATE_KEY_PAIR,
  Register: REGISTER,
  ReKey: RE_KEY,
  DeriveKey: DERIVE_KEY,
  Certify: CERTIFY,
  ReCertify: RE_CERTIFY,
  Locate: LOCATE,
  Check: CHECK,
  Get: GET,
  GetAttributes: GET_ATTRIBUTES,
  GetAttributeList: GET_ATTRIBUTE_LIST,
  AddAttribute: ADD_ATTRIBUTE,
  ModifyAttribute: MODIFY_ATTRIBUTE,
  DeleteAttribute: DELETE_ATTRIBUTE,
  ObtainLease: OBTAIN_LEASE,
  GetUsageAllocation: GET_USAGE_ALLOCATION,
  Activate: ACTIVATE,
  Revoke: REVOKE,
  Destroy: DESTROY,
  Archive: ARCHIVE,
  Recover: RECOVER,
  Validate: VALIDATE,
  Query: queryOperation(servedOperations),
  Cancel: CANCEL,
  Poll: POLL,
  Notify: 'goes from a server to its client',
  Put: 'goes from a server to its client',
  ReKeyKeyPair: RE_KEY_KEY_PAIR,
  DiscoverVersions: DISCOVER_VERSIONS,
  Encrypt: ENCRYPT,
  Decrypt: DECRYPT,
  Sign: SIGN,
  SignatureVerify: SIGNATURE_VERIFY,
  MAC,
  MACVerify: MAC_VERIFY,
  RNGRetrieve: RNG_RETRIEVE,
  RNGSeed: RNG_SEED,
  Hash: HASH,
  CreateSplitKey: CREATE_SPLIT_KEY,
  JoinSplitKey: JOIN_SPLIT_KEY,
  Import: IMPORT,
  Export: EXPORT,
  Log: LOG,
  Login: LOGIN,
  Logout: LOGOUT,
  DelegatedLogin: DELEGATED_LOGIN,
  AdjustAttribute: ADJUST_ATTRIBUTE,
  SetAttribute: SET_ATTRIBUTE,
  SetEndpointRole: 'goes from a server to its client',
  PKCS_11,
  Interop: INTEROP,
  ReProvision: 'credentials are no objects here',
  SetDefaults: SET_DEFAULTS,
  SetConstraints: SET_CONSTRAINTS,
  GetConstraints: GET_CONSTRAINTS,
  QueryAsynchronousRequests: QUERY_ASYNCHRONOUS_REQUESTS,
  Process: PROCESS,
  Ping: PING,
  CreateGroup: CREATE_GROUP,
  Obliterate: OBLITERATE,
  CreateUser: CREATE_USER,
  CreateCredential: CREATE_CREDENTIAL,
  Deactivate: DEACTIVATE,
};

function servedOperations(): readonly OperationName[] {
  return tableKeys(OPERATIONS).filter(name => typeof OPERATIONS[name] !== 'string');
}
