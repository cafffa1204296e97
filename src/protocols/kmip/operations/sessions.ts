// Login, Delegated Login and Logout: tickets in place of credentials (KMIP 2.1 section 6.1.13, 6.1.26, 6.1.27).

import { answerRequest } from '../../../core/operations/answer-request.ts';
import { make, type Reader, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { readGroupNames } from '../attributes/plain-forms.ts';
import { refusal } from '../faults.ts';
import { heldFor } from '../held/index.ts';
import type { Right, TicketTerms } from '../held/tickets.ts';
import { readTicket } from '../message/credentials.ts';
import { type KmipOperation, operation } from '../operation.ts';
import { type KmipRequest, type OperationName, perform } from '../request.ts';

const MS = 1_000;
/** What a client gets that asks for more, or for no end. */
const LIFETIME_MS_MAX = 86_400_000;
const RIGHTS_MAX = 32;
const NAMED_MAX = 256;

type Terms = Omit<TicketTerms, 'expiresAt' | 'at'> & {
  readonly leaseSeconds: number | undefined;
  readonly until: number | undefined;
};

const LEASE = {
  types: ['Interval', 'DateTime'],
  take: item => (item.type === 'Interval' ? { seconds: item.uint32 } : { until: Number(item.int64) * MS }),
} as const satisfies Reader<'Interval' | 'DateTime', { seconds?: number; until?: number }>;

function readTerms(payload: StructureReader, rights: readonly Right[] | undefined): Terms {
  const { seconds, until } = payload.optional('LeaseTime', LEASE) ?? {};
  const requests = payload.optional('RequestCount', read.integer) ?? 0;
  if (payload.has('UsageLimits')) throw refusal('featureNotSupported', 'Tickets count messages alone.');
  if (requests < 0) throw refusal('invalidField', 'Request Count must not be negative.');
  return { leaseSeconds: seconds, until, requests: requests === 0 ? undefined : requests, rights };
}

function loginOperation(
  name: OperationName,
  rightsOf: (payload: StructureReader) => Terms['rights'],
): KmipOperation {
  return operation({
    since: '2.0',
    decode: payload => readTerms(payload, rightsOf(payload)),
    async run(request, terms) {
      await perform(request, answerRequest, { asked: name });
      const at = request.kms.clock.now();
      const principal = principalOf(request);
      const { tickets } = heldFor(request.kms);
      const value = await request.once(() =>
        tickets.issue(principal, request.proveAgain, termsAt(terms, at)),
      );
      request.secrets.defer(() => value.fill(0));
      return [
        make.structure('Ticket', [
          make.enumeration('TicketType', 'Login'),
          make.byteString('TicketValue', value),
        ]),
      ];
    },
  });
}

/** A lease of 0 has no end of its own. */
function termsAt({ leaseSeconds = 0, until, requests, rights }: Terms, at: number): TicketTerms {
  const wished = until ?? (leaseSeconds === 0 ? Number.POSITIVE_INFINITY : at + leaseSeconds * MS);
  if (wished <= at) throw refusal('invalidField', 'Lease Time must be in the future.');
  return { at, expiresAt: Math.min(wished, at + LIFETIME_MS_MAX), requests, rights };
}

/** A ticket brings no further ticket: it would outlive its own end. */
function principalOf({ context: { actor }, ticket }: KmipRequest) {
  if (ticket !== undefined || actor.type !== 'principal')
    throw refusal('notAuthorised', 'A ticket brings no other ticket.');
  return actor.principal;
}

export const LOGIN = loginOperation('Login', () => undefined);

export const DELEGATED_LOGIN = loginOperation('DelegatedLogin', payload =>
  payload.one(
    'Rights',
    read.structure(fields => {
      const rights = fields.many('Right', rightReader);
      fields.refuseOthers();
      if (rights.length === 0 || rights.length > RIGHTS_MAX)
        throw refusal('invalidField', `Rights must be 1 to ${RIGHTS_MAX}.`);
      return rights;
    }),
  ),
);

const rightReader = read.structure((fields): Right => {
  if (fields.has('UsageLimits'))
    throw refusal('featureNotSupported', 'Rights name operations, objects and groups alone.');
  const operations = fields.optional(
    'Operations',
    read.structure(inner => listed(inner.many('Operation', read.enumeration('Operation')), inner)),
  );
  const objects = fields.optional(
    'Objects',
    read.structure(inner => listed(inner.many('UniqueIdentifier', read.anyText), inner)),
  );
  const groups = fields.optional(
    'ObjectGroups',
    read.structure(inner => listed(readGroupNames(inner), inner)),
  );
  fields.refuseOthers();
  return { operations, objects, groups };
});

function listed<Value>(values: readonly Value[], fields: StructureReader): ReadonlySet<Value> {
  fields.refuseOthers();
  if (values.length > NAMED_MAX) throw refusal('invalidField', `A right names at most ${NAMED_MAX}.`);
  return new Set(values);
}

export const LOGOUT = operation({
  since: '2.0',
  decode: readTicket,
  async run(request, value) {
    await perform(request, answerRequest, { asked: 'Logout' });
    const { actor } = request.context;
    const { tickets } = heldFor(request.kms);
    await request.once(() => tickets.end(value, actor.type === 'principal' ? actor.principal.id : ''));
    return [];
  },
});
