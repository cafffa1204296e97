// What is asked of a token: plain values, which cross to the worker thread that holds the session, and come back.

import type { Bytes } from '../../base/bytes.ts';
import type { MechanismUse, Template } from './layout.ts';
import type { AttributeName, ClassName, MechanismName } from './names.ts';

/** A token object of ours, named by its class and CKA_ID. */
export interface ObjectName {
  readonly class: ClassName;
  readonly id: Bytes;
}

export interface FoundObject extends ObjectName {
  readonly label: string;
}

export interface TokenFacts {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Those that this program knows. */
  readonly mechanisms: readonly MechanismName[];
}

export type DataUse = 'encrypt' | 'decrypt' | 'sign';

/** Each command, what it takes, and what it gives back. */
export interface Commands {
  facts: { readonly takes: Record<never, never>; readonly gives: TokenFacts };
  find: { readonly takes: { readonly template: Template }; readonly gives: readonly FoundObject[] };
  /** The attributes that the token tells, as bytes. */
  read: {
    readonly takes: { readonly object: ObjectName; readonly names: readonly AttributeName[] };
    readonly gives: Readonly<Partial<Record<AttributeName, Bytes>>>;
  };
  generateKey: {
    readonly takes: { readonly mechanism: MechanismUse; readonly template: Template };
    readonly gives: undefined;
  };
  generatePair: {
    readonly takes: {
      readonly mechanism: MechanismUse;
      readonly publicTemplate: Template;
      readonly privateTemplate: Template;
    };
    readonly gives: undefined;
  };
  /** An object that is not there is no error. */
  destroy: { readonly takes: { readonly object: ObjectName }; readonly gives: undefined };
  use: {
    readonly takes: {
      readonly use: DataUse;
      readonly mechanism: MechanismUse;
      readonly object: ObjectName;
      readonly data: Bytes;
    };
    readonly gives: Bytes;
  };
  /** Material that is not in the token, wrapped under a key of it. */
  wrap: {
    readonly takes: {
      readonly mechanism: MechanismUse;
      readonly object: ObjectName;
      readonly material: Bytes;
    };
    readonly gives: Bytes;
  };
  unwrap: {
    readonly takes: {
      readonly mechanism: MechanismUse;
      readonly object: ObjectName;
      readonly wrapped: Bytes;
    };
    readonly gives: Bytes;
  };
  /** The shared secret (SP 800-56A section 5.7.1.2), as many bytes as its coordinates have. */
  agree: {
    readonly takes: { readonly object: ObjectName; readonly publicPoint: Bytes; readonly bytes: number };
    readonly gives: Bytes;
  };
  random: { readonly takes: { readonly bytes: number }; readonly gives: Bytes };
}

export type CommandName = keyof Commands;
export type Takes<Name extends CommandName> = Commands[Name]['takes'];
export type Gives<Name extends CommandName> = Commands[Name]['gives'];
