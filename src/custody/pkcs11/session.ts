// One session with a token, in the worker thread that holds it: the calls of PKCS #11 (v2.40 sections 5.6 to 5.14) that a command is made of.

import { assert, must } from '../../base/assert.ts';
import { type Bytes, EMPTY_BYTES, hex, wipe } from '../../base/bytes.ts';
import { tableKeys } from '../../base/table.ts';
import { KmsError } from '../../domain/errors.ts';
import type { DataUse, FoundObject, ObjectName, TokenFacts } from './commands.ts';
import { isReason, TokenFault } from './fault.ts';
import { findToken, pinRefusal, type SlotFacts, type TokenSelector } from './find-token.ts';
import {
  asBuffer,
  countAt,
  type MechanismUse,
  mechanism,
  structure,
  type Template,
  template,
  UNAVAILABLE,
  WORD_BYTES,
  word,
  wordAt,
  wordList,
} from './layout.ts';
import type { Library } from './library.ts';
import {
  ATTRIBUTES,
  type AttributeName,
  CLASS,
  type ClassName,
  KEY_TYPE,
  MECHANISM,
  RETURN,
} from './names.ts';

const RW_SESSION = 2;
const SERIAL_SESSION = 4;
const USER = 1;
const FOUND_AT_ONCE = 64;
/** Beside the input: room for a block, a tag, or the signature of an RSA key of 8192 bits. */
const ROOM_BYTES = 1_024;
/** What a library may say that it needs: the largest message that is encrypted in a token, several times over. */
const OUTPUT_BYTES_MAX = 8 * 1_048_576;
const ATTRIBUTE_BYTES_MAX = 65_536;
const OBJECTS_MAX = 4_194_304;
const NOT_THERE =
  'The token has no object of this key: it is another token than the one that made it, or the object was erased.';

export class Session {
  readonly #library: Library;
  readonly #handle: number;
  readonly #facts: SlotFacts;
  readonly #objects = new Map<string, number>();

  private constructor(library: Library, handle: number, facts: SlotFacts) {
    this.#library = library;
    this.#handle = handle;
    this.#facts = facts;
  }

  /** Throws `sealed` for a token that is not there, and for a PIN that is wrong or locked. The PIN stays the caller's. */
  static open(library: Library, selector: TokenSelector, pin: Bytes): Session {
    const facts = findToken(library, selector);
    const handle = word();
    library.call('C_OpenSession', facts.slot, RW_SESSION | SERIAL_SESSION, null, null, handle);
    const session = new Session(library, wordAt(handle), facts);
    try {
      library.call('C_Login', wordAt(handle), USER, asBuffer(pin), pin.length);
    } catch (thrown) {
      // Whoever is logged in by one session is logged in by all of the process.
      if (!isReason(thrown, 'userAlreadyLoggedIn')) {
        session.close();
        throw pinRefusal(thrown, facts.label);
      }
    }
    return session;
  }

  close(): void {
    try {
      this.#library.call('C_CloseSession', this.#handle);
    } catch (thrown) {
      // What is lost is closed.
      if (!(thrown instanceof TokenFault)) throw thrown;
    }
  }

  facts(): TokenFacts {
    const { slot, ...facts } = this.#facts;
    const offered = new Set(
      wordList((list, count) => this.#library.call('C_GetMechanismList', slot, list, count)),
    );
    return { ...facts, mechanisms: tableKeys(MECHANISM).filter(name => offered.has(MECHANISM[name])) };
  }

  /** Keys alone, whatever else is in the token. */
  find(sought: Template): readonly FoundObject[] {
    return this.#handles(sought).flatMap(handle => {
      try {
        const { class: type, id, label } = this.#attributes(handle, ['class', 'id', 'label']);
        const number = type?.length === WORD_BYTES ? wordAt(asBuffer(type)) : -1;
        const name = tableKeys(CLASS).find(each => CLASS[each] === number);
        if (name === undefined) return [];
        return [{ class: name, id: id ?? EMPTY_BYTES, label: Buffer.from(label ?? EMPTY_BYTES).toString() }];
      } catch (thrown) {
        // It is being erased, or made, by somebody else.
        if (isReason(thrown, 'objectHandleInvalid', 'attributeValueInvalid', 'generalError')) return [];
        throw thrown;
      }
    });
  }

  read(object: ObjectName, names: readonly AttributeName[]): Readonly<Partial<Record<AttributeName, Bytes>>> {
    return this.#withObject(object, handle => this.#attributes(handle, names));
  }

  generateKey(use: MechanismUse, attributes: Template): void {
    const made = word();
    const given = template(attributes);
    this.#library.call('C_GenerateKey', this.#handle, mechanism(use), given, given.count, made);
  }

  generatePair(use: MechanismUse, publicAttributes: Template, privateAttributes: Template): void {
    const ofPublic = template(publicAttributes);
    const ofPrivate = template(privateAttributes);
    const made = [word(), word()] as const;
    this.#library.call(
      'C_GenerateKeyPair',
      this.#handle,
      mechanism(use),
      ofPublic,
      ofPublic.count,
      ofPrivate,
      ofPrivate.count,
      ...made,
    );
  }

  destroy(object: ObjectName): void {
    for (const handle of this.#handles(nameTemplate(object)))
      this.#library.call('C_DestroyObject', this.#handle, handle);
    this.#objects.delete(keyOf(object));
  }

  use(use: DataUse, by: MechanismUse, object: ObjectName, data: Bytes): Bytes {
    const [begin, finish] = CALLS[use];
    return this.#withObject(object, handle => {
      this.#library.call(begin, this.#handle, mechanism(by), handle);
      return this.#output(data.length + ROOM_BYTES, (output, length) =>
        this.#library.call(finish, this.#handle, asBuffer(data), data.length, output, length),
      );
    });
  }

  /** The material is an object of this session for as long as the call takes. */
  wrap(by: MechanismUse, object: ObjectName, material: Bytes): Bytes {
    return this.#withObject(object, wrapping => {
      const created = word();
      const given = template({ ...PASSING, value: material });
      this.#library.call('C_CreateObject', this.#handle, given, given.count, created);
      const handle = wordAt(created);
      try {
        return this.#output(material.length + ROOM_BYTES, (output, length) =>
          this.#library.call('C_WrapKey', this.#handle, mechanism(by), wrapping, handle, output, length),
        );
      } finally {
        this.#library.call('C_DestroyObject', this.#handle, handle);
      }
    });
  }

  unwrap(by: MechanismUse, object: ObjectName, wrapped: Bytes): Bytes {
    return this.#withObject(object, wrapping => {
      const made = word();
      const given = template(PASSING);
      const bytes = asBuffer(wrapped);
      this.#library.call(
        'C_UnwrapKey',
        this.#handle,
        mechanism(by),
        wrapping,
        bytes,
        bytes.length,
        given,
        given.count,
        made,
      );
      return this.#takeValue(wordAt(made));
    });
  }

  agree(object: ObjectName, publicPoint: Bytes, bytes: number): Bytes {
    return this.#withObject(object, handle => {
      const made = word();
      const given = template({ ...PASSING, valueLength: bytes });
      const by = mechanism({ name: 'ecdh1Derive', parameter: { kind: 'ecdh', publicPoint } });
      this.#library.call('C_DeriveKey', this.#handle, by, handle, given, given.count, made);
      return this.#takeValue(wordAt(made));
    });
  }

  random(bytes: number): Bytes {
    const output = Buffer.alloc(bytes);
    this.#library.call('C_GenerateRandom', this.#handle, output, bytes);
    return new Uint8Array(output.buffer, output.byteOffset, bytes);
  }

  /** The value of an object of this session, which is gone afterwards. */
  #takeValue(handle: number): Bytes {
    try {
      return must(this.#attributes(handle, ['value']).value, 'a passing object tells its value');
    } finally {
      this.#library.call('C_DestroyObject', this.#handle, handle);
    }
  }

  /** Handles are remembered, and looked up again when the token knows one no more. */
  #withObject<T>(object: ObjectName, act: (handle: number) => T): T {
    const name = keyOf(object);
    const known = this.#objects.get(name);
    if (known !== undefined) {
      try {
        return act(known);
      } catch (thrown) {
        if (!isReason(thrown, 'objectHandleInvalid', 'keyHandleInvalid')) throw thrown;
        this.#objects.delete(name);
      }
    }
    const [handle] = this.#handles(nameTemplate(object));
    if (handle === undefined) {
      // Some tokens that went away go on answering, and have nothing any more.
      if (this.#handles({ token: true }).length === 0)
        throw new TokenFault('C_FindObjects', RETURN.tokenNotPresent);
      throw new KmsError('sealed', NOT_THERE, { class: object.class, id: hex(object.id) });
    }
    this.#objects.set(name, handle);
    return act(handle);
  }

  #handles(sought: Template): readonly number[] {
    const given = template(sought);
    this.#library.call('C_FindObjectsInit', this.#handle, given, given.count);
    const found: number[] = [];
    try {
      for (let more = true; more; ) {
        const handles = Buffer.alloc(FOUND_AT_ONCE * WORD_BYTES);
        const number = word();
        this.#library.call('C_FindObjects', this.#handle, handles, FOUND_AT_ONCE, number);
        const count = countAt(number, FOUND_AT_ONCE);
        for (let at = 0; at < count; at += 1) found.push(wordAt(handles, at));
        assert(found.length <= OBJECTS_MAX, 'a token has an end');
        more = count === FOUND_AT_ONCE;
      }
    } finally {
      this.#library.call('C_FindObjectsFinal', this.#handle);
    }
    return found;
  }

  /** Asks one by one: a token that keeps one attribute to itself refuses them all when they are asked for together. */
  #attributes(
    handle: number,
    names: readonly AttributeName[],
  ): Readonly<Partial<Record<AttributeName, Bytes>>> {
    const read: Partial<Record<AttributeName, Bytes>> = {};
    for (const name of names) {
      const value = this.#attribute(handle, name);
      if (value !== undefined) read[name] = value;
    }
    return read;
  }

  #attribute(handle: number, name: AttributeName): Bytes | undefined {
    const asked = structure([ATTRIBUTES[name].type, 0, 0]);
    try {
      this.#library.call('C_GetAttributeValue', this.#handle, handle, asked, 1);
    } catch (thrown) {
      if (isReason(thrown, 'attributeTypeInvalid', 'attributeSensitive')) return undefined;
      throw thrown;
    }
    const length = asked.memory.readBigUInt64LE(2 * WORD_BYTES);
    if (length === UNAVAILABLE) return undefined;
    const value = Buffer.alloc(countAt(asked.memory, ATTRIBUTE_BYTES_MAX, 2));
    const filled = structure([ATTRIBUTES[name].type, value, value.length]);
    if (value.length > 0) this.#library.call('C_GetAttributeValue', this.#handle, handle, filled, 1);
    return new Uint8Array(value.buffer, value.byteOffset, countAt(filled.memory, value.length, 2));
  }

  #output(room: number, call: (output: Buffer, length: Buffer) => void): Bytes {
    let output = Buffer.alloc(room);
    const length = word(room);
    try {
      try {
        call(output, length);
      } catch (thrown) {
        if (!isReason(thrown, 'bufferTooSmall')) throw thrown;
        // The operation goes on, and has told how much it needs.
        output = Buffer.alloc(countAt(length, OUTPUT_BYTES_MAX));
        call(output, length);
      }
      return Uint8Array.from(output.subarray(0, countAt(length, output.length)));
    } finally {
      wipe(output);
    }
  }
}

const CALLS = {
  encrypt: ['C_EncryptInit', 'C_Encrypt'],
  decrypt: ['C_DecryptInit', 'C_Decrypt'],
  sign: ['C_SignInit', 'C_Sign'],
} as const satisfies Record<DataUse, readonly [string, string]>;

/** An object that lives in a session only, and whose value comes out again. */
const PASSING = {
  class: CLASS.secretKey,
  keyType: KEY_TYPE.genericSecret,
  token: false,
  private: true,
  sensitive: false,
  extractable: true,
} as const satisfies Template;

function nameTemplate({ class: name, id }: ObjectName): Template {
  return { token: true, class: CLASS[name], id };
}

function keyOf({ class: name, id }: { readonly class: ClassName; readonly id: Bytes }): string {
  return `${name} ${hex(id)}`;
}
