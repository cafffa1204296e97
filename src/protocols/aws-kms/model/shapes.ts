// The words in which the members of an input are described: what type a member has on the wire, within which bounds, whether it must be
// there, and whether it is offered here at all. Data only; read-input.ts holds the one reader of it.

import type { Bytes } from '../../../base/bytes.ts';
import type { AwsErrorType } from '../fault.ts';

export type Shape =
  | { readonly type: 'string'; readonly min: number; readonly max: number; readonly pattern?: RegExp }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  /** `sensitive`: the bytes are a plaintext and never become a string here. */
  | { readonly type: 'blob'; readonly min: number; readonly max: number; readonly sensitive?: true }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'map' }
  | { readonly type: 'list'; readonly member: Shape; readonly min: number; readonly max: number }
  | { readonly type: 'structure'; readonly members: Members };

/** What a member of this shape becomes. */
export type ValueOf<S extends Shape> = S extends { readonly type: 'string' }
  ? string
  : S extends { readonly type: 'enum'; readonly values: readonly (infer Word)[] }
    ? Word
    : S extends { readonly type: 'blob' }
      ? Bytes
      : S extends { readonly type: 'integer' }
        ? number
        : S extends { readonly type: 'boolean' }
          ? boolean
          : S extends { readonly type: 'map' }
            ? Readonly<Record<string, string>>
            : S extends { readonly type: 'list'; readonly member: infer Item extends Shape }
              ? readonly ValueOf<Item>[]
              : S extends { readonly type: 'structure'; readonly members: infer M extends Members }
                ? InputOf<M>
                : never;

/** How a member that AWS knows and we do not offer is refused, unless its value asks for nothing. */
export interface Refusal {
  readonly type: AwsErrorType;
  readonly asksForNothing: (value: never) => boolean;
}

export interface Member<S extends Shape = Shape, Required extends boolean = boolean> {
  readonly shape: S;
  readonly required: Required;
  readonly refusal?: Refusal;
}

export type Members = Readonly<Record<string, Member>>;

/** The input that a table of members describes. */
export type InputOf<M extends Members> = {
  readonly [Name in keyof M as M[Name]['required'] extends true ? Name : never]: ValueOf<M[Name]['shape']>;
} & {
  readonly [Name in keyof M as M[Name]['required'] extends true ? never : Name]?:
    | ValueOf<M[Name]['shape']>
    | undefined;
};

export const text = (min: number, max: number, pattern?: RegExp) =>
  ({ type: 'string', min, max, ...(pattern === undefined ? {} : { pattern }) }) as const;

export const oneOf = <const Words extends readonly string[]>(values: Words) =>
  ({ type: 'enum', values }) as const;

export const blob = (min: number, max: number) => ({ type: 'blob', min, max }) as const;

export const secretBlob = (min: number, max: number) =>
  ({ type: 'blob', min, max, sensitive: true }) as const;

export const integer = (min: number, max: number) => ({ type: 'integer', min, max }) as const;

export const FLAG = { type: 'boolean' } as const;

export const TEXT_MAP = { type: 'map' } as const;

export const listOf = <const S extends Shape>(member: S, min: number, max: number) =>
  ({ type: 'list', member, min, max }) as const;

export const structure = <const M extends Members>(members: M) => ({ type: 'structure', members }) as const;

export const required = <const S extends Shape>(shape: S): Member<S, true> => ({ shape, required: true });

export const optional = <const S extends Shape>(shape: S): Member<S, false> => ({ shape, required: false });

/** A member of AWS's model that is refused here, except where its value asks for nothing. */
export const notOffered = <const S extends Shape>(
  shape: S,
  asksForNothing: (value: ValueOf<S>) => boolean = () => false,
  type: AwsErrorType = 'UnsupportedOperationException',
): Member<S, false> => ({ shape, required: false, refusal: { type, asksForNothing } });
