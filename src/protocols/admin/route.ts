// What a route is: data, and two small functions between HTTP words and one core operation. Everything that routes have in common (proof of
// identity, shapes, errors, cursors) is done once in serve.ts; the OpenAPI document is printed from the same table.

import type { z } from 'zod';
import type { Bytes } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import type { Operation } from '../../core/operation.ts';
import type { Window } from '../../core/ports/registrations.ts';
import type { PageRequest } from '../../core/ports/store.ts';
import type { Permission } from '../../domain/permission.ts';
import { invalidCursor, parseCursor, printCursor } from './cursor.ts';
import type { PageQuery } from './shapes/common.ts';

/**
 * Where a route takes place: `project` below `/projects/{project}`, `system` in the system, `either` is two routes, one in each; `caller`
 * in the home of whoever asks.
 */
export type RouteRealm = 'project' | 'system' | 'either' | 'caller';

export interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind `/admin/v1` or `/admin/v1/projects/{project}`, such as `/keys/:key`. */
  readonly path: string;
  readonly realm: RouteRealm;
  readonly noun: string;
  readonly summary: string;
  /** What the caller must hold; undefined: to be anybody. Granting demands more: see the summary. */
  readonly permission: Permission | undefined;
  /** What the caller must hold besides, on what else the request names. */
  readonly alsoDemands?: readonly Permission[];
  readonly status?: 200 | 201 | 202;
  readonly query?: z.ZodObject | undefined;
  readonly body?: z.ZodObject | undefined;
  readonly reply: z.ZodType;
  /** The member of the body that is secret: base64 that never becomes a string here. */
  readonly secret?: string | undefined;
  /** The secret of the reply is a text of plain ASCII, not bytes to be shown in base64. */
  readonly plainSecret?: boolean | undefined;
  /** Lines that end only when the reader goes away or a time is over: a stopping server ends them at once. */
  readonly endless?: boolean | undefined;
}

/** One proven request with its shapes checked. */
export interface Call<Query = unknown, Body = unknown> {
  readonly kms: Kms;
  readonly context: RequestContext;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly secret: Bytes | undefined;
  /** Of keys that are made without one. */
  readonly location: string;
  /** Names the list for cursors: the path with its parameters. */
  readonly list: string;
}

/** A body of JSON, whose outermost members may be secrets; or lines that are sent as they come. */
export type Answer =
  | { readonly kind: 'json'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'lines'; readonly lines: AsyncIterable<string> };

export interface Route extends RouteFacts {
  /** Decodes the call, throwing what is wrong with it; the operation itself runs when the plan does. */
  plan(call: Call): () => Promise<Answer>;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

interface RouteParts<Query, Body, Reply extends z.ZodType, Input, Target, Output, Prepared>
  extends RouteFacts {
  readonly query?: (Query & z.ZodObject) | undefined;
  readonly body?: (Body & z.ZodObject) | undefined;
  readonly reply: Reply;
  readonly operation: Operation<Input, Target, Output, Prepared>;
  decode(call: Call<Parsed<Query>, Parsed<Body>>): Input;
  /** Attributes of the request for the conditions of rules. */
  attributes?(call: Call<Parsed<Query>, Parsed<Body>>): Readonly<Record<string, string>>;
  encode(output: Output, call: Call): WithSecrets<z.input<Reply>>;
}

/** A reply as it is encoded: base64 texts of secrets are still guarded bytes. */
export type WithSecrets<Reply> = { readonly [Name in keyof Reply]: Reply[Name] | SecretOf<Reply[Name]> };
type SecretOf<Value> = Value extends string ? SecretBytes : never;

/** A route that answers one JSON object. */
export function route<
  Reply extends z.ZodType,
  Input,
  Target,
  Output,
  Prepared,
  Query = undefined,
  Body = undefined,
>(parts: RouteParts<Query, Body, Reply, Input, Target, Output, Prepared>): Route {
  const { operation, decode, encode, attributes, ...facts } = parts;
  return {
    ...facts,
    plan(call) {
      const typed = call as Call<Parsed<Query>, Parsed<Body>>;
      const input = decode(typed);
      const context =
        attributes === undefined ? call.context : { ...call.context, attributes: attributes(typed) };
      return async () => {
        const output = await execute(call.kms, operation, context, input);
        return { kind: 'json', body: encode(output, call) as Readonly<Record<string, unknown>> };
      };
    },
  };
}

interface LinesParts<Query, Body, Input, Target, Output> extends RouteFacts {
  readonly query?: (Query & z.ZodObject) | undefined;
  readonly body?: (Body & z.ZodObject) | undefined;
  readonly operation: Operation<Input, Target, Output>;
  decode(call: Call<Parsed<Query>, Parsed<Body>>): Input;
  lines(output: Output): AsyncIterable<string>;
}

/** A route that answers lines as they come. */
export function linesRoute<Input, Target, Output, Query = undefined, Body = undefined>(
  parts: LinesParts<Query, Body, Input, Target, Output>,
): Route {
  const { operation, decode, lines, ...facts } = parts;
  return {
    ...facts,
    plan(call) {
      const input = decode(call as Call<Parsed<Query>, Parsed<Body>>);
      return async () => ({
        kind: 'lines',
        lines: lines(await execute(call.kms, operation, call.context, input)),
      });
    },
  };
}

export function pageOf({ query, list }: Call<PageQuery>): PageRequest {
  const { limit, cursor } = query;
  return { limit, after: cursor === undefined ? undefined : parseCursor(list, cursor) };
}

export function cursorOf({ list }: Call, next: string | number | undefined): { next?: string } {
  return next === undefined ? {} : { next: printCursor(list, String(next)) };
}

/** The window of a list whose cursors hold the offset. */
export function windowOf(call: Call<PageQuery>): Window {
  const { limit, after = '0' } = pageOf(call);
  if (!/^[0-9]{1,15}$/.test(after)) throw invalidCursor();
  return { offset: Number(after), limit };
}

export function isSecret(value: unknown): value is SecretBytes {
  return value instanceof SecretBytes;
}
