// The library of a token: its functions, found through the one that every library must export (C_GetFunctionList), called by value and told
// by their return value. Every call blocks its thread: only worker threads load libraries.

import koffi from 'koffi';
import { assert } from '../../base/assert.ts';
import { KmsError } from '../../domain/errors.ts';
import { isReason, TokenFault } from './fault.ts';
import { requireWords, type Structure, structure } from './layout.ts';
import { RETURN } from './names.ts';

/** Where each function stands in CK_FUNCTION_LIST (PKCS #11 v2.40 section 5), and what it takes: words, pointers, or a CK_BBOOL. */
const FUNCTIONS = {
  C_Initialize: [0, 'p'],
  C_Finalize: [1, 'p'],
  C_GetSlotList: [4, 'bpp'],
  C_GetTokenInfo: [6, 'wp'],
  C_GetMechanismList: [7, 'wpp'],
  C_OpenSession: [12, 'wwppp'],
  C_CloseSession: [13, 'w'],
  C_Login: [18, 'wwpw'],
  C_CreateObject: [20, 'wpwp'],
  C_DestroyObject: [22, 'ww'],
  C_GetAttributeValue: [24, 'wwpw'],
  C_FindObjectsInit: [26, 'wpw'],
  C_FindObjects: [27, 'wpwp'],
  C_FindObjectsFinal: [28, 'w'],
  C_EncryptInit: [29, 'wpw'],
  C_Encrypt: [30, 'wpwpp'],
  C_DecryptInit: [33, 'wpw'],
  C_Decrypt: [34, 'wpwpp'],
  C_SignInit: [42, 'wpw'],
  C_Sign: [43, 'wpwpp'],
  C_VerifyInit: [48, 'wpw'],
  C_Verify: [49, 'wpwpw'],
  C_GenerateKey: [58, 'wppwp'],
  C_GenerateKeyPair: [59, 'wppwpwpp'],
  C_WrapKey: [60, 'wpwwpp'],
  C_UnwrapKey: [61, 'wpwpwpwp'],
  C_DeriveKey: [62, 'wpwpwp'],
  C_GenerateRandom: [64, 'wpw'],
} as const satisfies Record<string, readonly [place: number, takes: string]>;

export type FunctionName = keyof typeof FUNCTIONS;

type Argument = number | bigint | Buffer | Structure | null;
type Native = (...given: readonly (number | bigint | Buffer | null)[]) => number | bigint;

const KINDS = { w: 'ulong', p: 'void *', b: 'uint8' } as const;
/** CK_VERSION, filled up to a word. */
const VERSION_BYTES = 8;
const POINTER_BYTES = 8;
const OS_LOCKING_OK = 2;

/** What has been loaded. A handle that is collected as garbage takes the library out of memory, with the functions that are called by address. */
const LOADED: unknown[] = [];

export class Library {
  readonly #functions: Readonly<Record<FunctionName, Native>>;
  readonly #beat: () => void;
  /** What the library is looking at: memory that nothing holds is given back, even while its address is in use. */
  #inCall: readonly Argument[] | undefined;

  private constructor(functions: Readonly<Record<FunctionName, Native>>, beat: () => void) {
    this.#functions = functions;
    this.#beat = beat;
  }

  /** Loads and initializes it. Throws `sealed`, naming the path, for what is no such library. `beat` is called before and after each call. */
  static load(path: string, beat: () => void = () => undefined): Library {
    requireWords();
    const library = new Library(functionsOf(path), beat);
    library.#initialize();
    return library;
  }

  /**
   * Ends the library's work for the whole process and begins it anew: the way back to a token that went away (v2.40 section 5.4). No other
   * thread may be in a call.
   */
  restart(): void {
    try {
      this.call('C_Finalize', null);
    } catch (thrown) {
      if (!isReason(thrown, 'cryptokiNotInitialized')) throw thrown;
    }
    this.#initialize();
  }

  #initialize(): void {
    // Four callbacks that we leave to the library, its flags, and a reserved word.
    const options = structure([0, 0, 0, 0, OS_LOCKING_OK, 0]);
    try {
      this.call('C_Initialize', options);
    } catch (thrown) {
      // Another thread of this process came first: a library is initialized once in each.
      if (!isReason(thrown, 'cryptokiAlreadyInitialized')) throw thrown;
    }
  }

  /** Throws TokenFault unless the return value is CKR_OK. */
  call(name: FunctionName, ...given: readonly Argument[]): void {
    assert(this.#inCall === undefined, 'a thread makes one call at a time');
    this.#inCall = given;
    this.#beat();
    try {
      const value = Number(this.#functions[name](...given.map(memoryOf)));
      if (value !== RETURN.ok) throw new TokenFault(name, value);
    } finally {
      this.#beat();
      this.#inCall = undefined;
    }
  }
}

function memoryOf(argument: Argument): number | bigint | Buffer | null {
  const isStructure = typeof argument === 'object' && argument !== null && 'memory' in argument;
  return isStructure ? argument.memory : argument;
}

function functionsOf(path: string): Readonly<Record<FunctionName, Native>> {
  try {
    const loaded = koffi.load(path);
    LOADED.push(loaded);
    const getFunctionList = loaded.func('C_GetFunctionList', 'ulong', [koffi.out(koffi.pointer('void *'))]);
    const list: [unknown] = [null];
    const value = Number(getFunctionList(list));
    if (value !== RETURN.ok) throw new TokenFault('C_GetFunctionList', value);
    const entries = Object.entries(FUNCTIONS).map(([name, [place, takes]]) => {
      const pointer: unknown = koffi.decode(list[0], VERSION_BYTES + place * POINTER_BYTES, 'void *');
      const type = koffi.proto(
        'ulong',
        [...takes].map(kind => KINDS[kind as keyof typeof KINDS]),
      );
      const native: Native = (...given) => koffi.call(pointer, type, ...given);
      return [name, native];
    });
    return Object.fromEntries(entries);
  } catch (cause) {
    throw new KmsError('sealed', `There is no PKCS #11 library at ${path}.`, { path }, cause);
  }
}
