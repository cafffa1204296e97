// What a route is: data, and one function from a request in IBM's words to an answer in them. What routes have in common (proof of
// identity, headers, the reading of bodies, refusals) is done once in serve.ts.

import type { Bytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { SecretPlace } from './body.ts';
import type { CollectionNoun } from './collections.ts';
import type { Members } from './members.ts';
import type { Query } from './query.ts';
import type { KeyProtectRequest } from './request.ts';

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** What a body that is no collection shows; its media type says so. */
  readonly noun?: CollectionNoun | undefined;
  /** Written into the body where it belongs, and disposed of. */
  readonly secret?: AnswerSecret | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface AnswerSecret {
  readonly name: string;
  readonly value: SecretBytes;
  /** The last member of the one resource of the body; otherwise of the body itself. */
  readonly inResource?: boolean | undefined;
}

/** `Prefer` (RFC 7240): undefined where nothing is asked for. */
export type Preference = 'representation' | 'minimal' | undefined;

export interface Call {
  readonly request: KeyProtectRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Of the body; what is not read is refused. */
  readonly body: Members;
  readonly bodyGiven: boolean;
  /** The secret member of the body. Wiped once the call has been answered. */
  readonly secret: Bytes | undefined;
  readonly prefer: Preference;
  readonly ifMatch: string | undefined;
}

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v2/keys/:id`. */
  readonly path: string;
  /** What did not happen when it is refused, such as "Key could not be created". */
  readonly failed: string;
  /** The member of the body that is secret; where the query decides what the body is, it decides. */
  readonly secret?: SecretPlace | ((query: Query) => SecretPlace | undefined) | undefined;
  /** Undefined: the header `Bluemix-Instance` names it. `none` is the caller's own; `inPath`, the parameter of that name. */
  readonly instance?: 'none' | 'inPath' | undefined;
  serve(call: Call): Promise<Answer>;
}

export const NO_CONTENT: Answer = { status: 204 };

/** For routes that take no body but an empty one: BAD_BODY_ERR for any member. */
export function requireNoBody({ body }: Call): void {
  body.end();
}
