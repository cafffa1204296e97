// What a route is: data, and one function from a request in Barbican's words to an answer in them. What routes have in common (proof of
// identity, versions, media types, refusals) is done once in serve.ts and index.ts.

import type { Bytes } from '../../base/bytes.ts';
import type { RequestContext } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import type { ObjectReference } from '../../core/operations/secrets/reach.ts';
import type { RevealedSecret } from '../../core/operations/secrets/reveal-secret.ts';
import type { Permission } from '../../domain/permission.ts';
import type { Query } from './query.ts';
import type { Microversion } from './versions.ts';

/** What is fixed for every request. */
export interface Service {
  readonly kms: Kms;
  /** The URL that clients use, without a slash at its end. */
  url(): string;
  /** Of the keys that hold payloads. */
  readonly location: string;
}

export interface Call extends Service {
  readonly context: RequestContext;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly version: Microversion;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Wiped once the call has been answered. */
  readonly body: Bytes;
}

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  /** `null` is a body as well; undefined is none. */
  readonly body?: unknown;
  readonly location?: string | undefined;
  /** In the place of a body. */
  readonly payload?: { readonly revealed: RevealedSecret; readonly asked: string } | undefined;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Such as `/v1/secrets/:id`. */
  readonly path: string;
  /** `json`: 415 for every other media type. */
  readonly takes?: 'json' | undefined;
  /** `anything`: not JSON alone, or nothing at all; of what else is answered, 406 for who does not take JSON. */
  readonly answers?: 'anything' | undefined;
  /** Whose id the path has: that it is not there, or not for the caller, is told before what is wrong with the body. */
  readonly about?: ObjectReference['noun'] | undefined;
  /** Who lacks it in the project is told that, and not what is wrong with the body. */
  readonly needs?: Permission | undefined;
  serve(call: Call): Promise<Answer>;
}

export const NO_CONTENT: Answer = { status: 204 };
