// PKCS_11: functions of PKCS #11 by way of KMIP (KMIP 2.1 section 6.1.35). An application can initialise the module, learn what it is and finalise it;
// every other function is answered as one that the module does not support, which is what PKCS #11 has a return code for.

import { type Bytes, concatBytes, EMPTY_BYTES, uint64, utf8 } from '../../../base/bytes.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { make, read, type TtlvItem, type ValueName, valueName } from '../../../wire/ttlv/index.ts';
import { dialectOf } from '../dialects.ts';
import { refusal } from '../faults.ts';
import { heldFor } from '../held/index.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';

type PkcsFunction = ValueName<'PKCS_11Function'>;

interface Call {
  readonly request: KmipRequest;
  readonly ownerId: string;
  readonly correlation: Bytes | undefined;
  readonly input: Bytes;
}

interface Returned {
  readonly code: ValueName<'PKCS_11ReturnCode'>;
  /** Undefined: there is no application any more, or none yet. */
  readonly correlation?: Bytes | undefined;
  readonly output?: Bytes | undefined;
}

export const PKCS_11 = operation({
  since: '2.0',
  decode: payload => ({
    isOther: payload.optional('PKCS_11Interface', read.item) !== undefined,
    name: payload.one('PKCS_11Function', FUNCTION),
    correlation: payload.optional('CorrelationValue', read.byteString),
    input: payload.optional('PKCS_11InputParameters', read.byteString) ?? EMPTY_BYTES,
  }),

  async run(request, { isOther, name, correlation, input }) {
    await perform(request, answerRequest, { asked: 'PKCS_11' });
    // Left out it is the one of PKCS #11 itself, and there are no others.
    if (isOther) throw refusal('pkcs11InvalidInterface');
    if (name === undefined) throw refusal('pkcs11InvalidFunction');
    const { actor } = request.context;
    const ownerId = actor.type === 'principal' ? actor.principal.id : '';
    const returned = await request.once(() => answer(name, { request, ownerId, correlation, input }));
    const repeated = dialectOf(request.version).repeatsCorrelation ? correlation : undefined;
    return [
      make.enumeration('PKCS_11Function', name),
      make.ifPresent(returned.correlation ?? repeated, value => make.byteString('CorrelationValue', value)),
      make.ifPresent(returned.output, value => make.byteString('PKCS_11OutputParameters', value)),
      make.enumeration('PKCS_11ReturnCode', returned.code),
    ];
  },
});

/** By its number in PKCS #11, or that of a vendor; undefined for one that nobody knows. */
const FUNCTION = {
  types: ['Enumeration', 'Integer'],
  take: (item: TtlvItem): PkcsFunction | undefined =>
    item.type === 'Enumeration' ? valueName('PKCS_11Function', item.uint32) : undefined,
} as const;

function answer(name: PkcsFunction, call: Call): Returned {
  const { request, ownerId, correlation, input } = call;
  const { modules } = heldFor(request.kms);
  const at = request.kms.clock.now();
  if (name === 'C_Initialize') {
    if (!isFlag(input)) throw refusal('pkcs11CodecError');
    return { code: 'OK', correlation: modules.initialize(ownerId, request.context.projectId, at) };
  }
  if (correlation === undefined || !modules.isInitialized(correlation, ownerId, at))
    return { code: 'CRYPTOKI_NOT_INITIALIZED' };
  if (name === 'C_GetInfo') return { code: 'OK', output: INFO };
  if (name !== 'C_Finalize') return { code: 'FUNCTION_NOT_SUPPORTED' };
  modules.finalize(correlation);
  return { code: 'OK' };
}

/** Whether the argument that C_Initialize has in C is there: its pointers mean nothing here. */
function isFlag(input: Bytes): boolean {
  return input.length === 0 || (input.length === 1 && (input[0] ?? 2) <= 1);
}

/** CK_INFO (PKCS #11 3.0 section 3.1): texts of 32 characters padded with blanks, flags as eight bytes. */
const INFO = concatBytes(
  Uint8Array.of(3, 0),
  utf8('Keyhold'.padEnd(32)),
  uint64(0),
  utf8('Keyhold by way of KMIP'.padEnd(32)),
  Uint8Array.of(1, 0),
);
