// Tickets, credentials in messages, and answers that come later.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { revokeCredential } from '../../../src/core/operations/identity/credentials.ts';
import {
  make,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { systemContext } from '../../support/system.ts';
import { fieldOf, kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { type AskedItem, request } from './support.ts';

const kmip = kmipSuite();

const LOCATE: AskedItem = { operation: 'Locate', payload: [make.structure('Attributes', [])] };
const DAY_MS = 86_400_000;

/** The first item of an answer: Success, Pending, or the reason. */
function told(answer: TtlvItem): string {
  const item = answer.children[1];
  const reason = fieldOf(item, 'ResultReason')?.uint32;
  if (reason !== undefined) return valueName('ResultReason', reason) ?? '';
  return valueName('ResultStatus', must(fieldOf(item, 'ResultStatus'), 'a status').uint32) ?? '';
}

const payloadOf = (answer: TtlvItem) => fieldOf(answer.children[1], 'ResponsePayload');

const credential = (type: ValueName<'CredentialType'>, ...value: readonly TtlvField[]): TtlvField =>
  make.structure('Authentication', [
    make.structure('Credential', [
      make.enumeration('CredentialType', type),
      make.structure('CredentialValue', value),
    ]),
  ]);

const ticketField = (value: Uint8Array): TtlvField =>
  make.structure('Ticket', [make.enumeration('TicketType', 'Login'), make.byteString('TicketValue', value)]);
const byTicket = (value: Uint8Array): TtlvField => credential('Ticket', ticketField(value));

const ask = (item: AskedItem, header: readonly (TtlvField | undefined)[] = [], over = kmip.connection) =>
  over.ask(request('2.1', [item], header));

async function ticketFor(...payload: readonly TtlvField[]): Promise<Uint8Array> {
  const isDelegated = payload.some(each => viewName(each) === 'Rights');
  const answer = await ask({ operation: isDelegated ? 'DelegatedLogin' : 'Login', payload });
  const value = fieldOf(fieldOf(payloadOf(answer), 'Ticket'), 'TicketValue');
  return Uint8Array.from(must(value, told(answer)).content);
}

function viewName({ tag }: TtlvField): string {
  return tag === make.structure('Rights', []).tag ? 'Rights' : '';
}

async function aKey(): Promise<string> {
  const answer = await ask({
    operation: 'Create',
    payload: [
      make.enumeration('ObjectType', 'SymmetricKey'),
      make.structure('Attributes', [
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 256),
        make.integer('CryptographicUsageMask', 12),
      ]),
    ],
  });
  return must(fieldOf(payloadOf(answer), 'UniqueIdentifier'), 'an id').text;
}

const get = (id: string): AskedItem => ({
  operation: 'Get',
  payload: [uid(id)],
});

test('a ticket stands in place of its owner, over any connection, until it is given back', async () => {
  const value = await ticketFor(make.interval('LeaseTime', 0));
  const other = await kmip.subject.connect(await kmip.subject.addClient({ roles: [] }));
  assert.equal(told(await ask(LOCATE, [], other)), 'PermissionDenied');
  assert.equal(told(await ask(LOCATE, [byTicket(value)], other)), 'Success');
  const logout: AskedItem = { operation: 'Logout', payload: [ticketField(value)] };
  assert.equal(told(await ask(logout, [], other)), 'InvalidTicket');
  assert.equal(told(await ask(logout)), 'Success');
  assert.equal(told(await ask(LOCATE, [byTicket(value)], other)), 'InvalidTicket');
  other.close();
});

test('a ticket ends with its time, its number of messages, and the credential behind it', async () => {
  const short = await ticketFor(make.interval('LeaseTime', 60));
  const endless = await ticketFor();
  kmip.subject.keyhold.clock.advance(61_000);
  assert.equal(told(await ask(LOCATE, [byTicket(short)])), 'InvalidTicket');
  assert.equal(told(await ask(LOCATE, [byTicket(endless)])), 'Success');
  kmip.subject.keyhold.clock.advance(DAY_MS);
  assert.equal(told(await ask(LOCATE, [byTicket(endless)])), 'InvalidTicket');

  const two = await ticketFor(make.integer('RequestCount', 2));
  assert.equal(told(await ask(LOCATE, [byTicket(two)])), 'Success');
  assert.equal(told(await ask(LOCATE, [byTicket(two)])), 'Success');
  assert.equal(told(await ask(LOCATE, [byTicket(two)])), 'UsageLimitExceeded');

  const owner = await kmip.subject.addClient();
  const own = await kmip.subject.connect(owner);
  const answer = await ask({ operation: 'Login' }, [], own);
  const value = must(fieldOf(fieldOf(payloadOf(answer), 'Ticket'), 'TicketValue'), 'a ticket').content;
  const { kms } = kmip.subject.keyhold;
  const [held] = await kms.store.credentials.list(owner.principalId);
  const context = systemContext(owner.projectId);
  await execute(kms, revokeCredential, context, {
    principal: owner.principalId,
    credentialId: must(held, 'a certificate').id,
  });
  assert.equal(told(await ask(LOCATE, [byTicket(Uint8Array.from(value))])), 'InvalidTicket');
  own.close();
});

test('a delegated ticket is good for what its rights name, and brings no other ticket', async () => {
  const [mine, other] = [await aKey(), await aKey()];
  const operations = (...names: readonly ValueName<'Operation'>[]) =>
    make.structure(
      'Operations',
      names.map(name => make.enumeration('Operation', name)),
    );
  const value = await ticketFor(
    make.structure('Rights', [
      make.structure('Right', [operations('Query', 'Login')]),
      make.structure('Right', [operations('Get', 'Locate'), make.structure('Objects', [uid(mine)])]),
    ]),
  );
  const header = [byTicket(value)];
  assert.equal(told(await ask(get(mine), header)), 'Success');
  assert.equal(told(await ask(get(other), header)), 'NotAuthorised');
  assert.equal(told(await ask(LOCATE, header)), 'NotAuthorised');
  assert.equal(
    told(await ask({ operation: 'Destroy', payload: get(mine).payload ?? [] }, header)),
    'NotAuthorised',
  );
  assert.equal(told(await ask({ operation: 'Login' }, header)), 'NotAuthorised');
  const query = make.enumeration('QueryFunction', 'QueryOperations');
  const told2 = payloadOf(await ask({ operation: 'Query', payload: [query] }, header));
  const names = told2?.children.map(({ uint32 }) => valueName('Operation', uint32));
  assert.deepEqual(names?.toSorted(), ['Get', 'Locate', 'Login', 'Query']);
});

test('a right may name the members of a group', async () => {
  const member = await aKey();
  const attribute = make.structure('NewAttribute', [make.textString('ObjectGroup', 'tapes')]);
  await ask({ operation: 'AddAttribute', payload: [uid(member), attribute] });
  const groups = make.structure('ObjectGroups', [make.textString('ObjectGroup', 'tapes')]);
  const value = await ticketFor(make.structure('Rights', [make.structure('Right', [groups])]));
  assert.equal(told(await ask(get(member), [byTicket(value)])), 'Success');
  assert.equal(told(await ask(get(await aKey()), [byTicket(value)])), 'NotAuthorised');
});

test('a device is known by its serial number; what proves nothing is refused for its own reason', async () => {
  const password = await kmip.subject.addUser(kmip.client.projectId, 'SN-4711', ['viewer']);
  const device = (secret: string) =>
    credential(
      'Device',
      make.textString('DeviceSerialNumber', 'SN-4711'),
      make.textString('Password', secret),
      make.textString('MediaIdentifier', 'tape'),
    );
  assert.equal(told(await ask(LOCATE, [device(password)])), 'Success');
  assert.equal(told(await ask(LOCATE, [device('wrong')])), 'AuthenticationNotSuccessful');
  const attestation = credential(
    'Attestation',
    make.structure('Nonce', [
      make.byteString('NonceID', Uint8Array.of(1)),
      make.byteString('NonceValue', Uint8Array.of(1)),
    ]),
    make.enumeration('AttestationType', 'TPMQuote'),
  );
  assert.equal(told(await ask(LOCATE, [attestation])), 'AttestationFailed');
  const hashed = credential('HashedPassword', make.textString('Username', 'SN-4711'));
  assert.equal(told(await ask(LOCATE, [hashed])), 'AuthenticationNotSuccessful');
});

test('credentials that are shown together are of one and the same, and each is called by its name', async () => {
  const { projectId } = kmip.client;
  const [one, other] = ['one-of-two', 'other-of-two'] as const;
  const secrets = {
    [one]: await kmip.subject.addUser(projectId, one, ['viewer']),
    [other]: await kmip.subject.addUser(projectId, other, ['viewer']),
  };
  const shown = (username: string, password: string) =>
    make.structure('Credential', [
      make.enumeration('CredentialType', 'UsernameAndPassword'),
      make.structure('CredentialValue', [
        make.textString('Username', username),
        make.textString('Password', password),
      ]),
    ]);
  const outcome = async (...credentials: readonly TtlvField[]) =>
    told(await ask(LOCATE, [make.structure('Authentication', credentials)]));
  assert.equal(await outcome(shown(one, secrets[one]), shown(one, secrets[one])), 'Success');
  for (const refused of [
    [shown(one, secrets[one]), shown(other, secrets[other])],
    [shown(one, secrets[one]), shown(one, 'wrong')],
    [shown(one, secrets[other])],
  ])
    assert.equal(await outcome(...refused), 'AuthenticationNotSuccessful');
});

const MANDATORY = make.enumeration('AsynchronousIndicator', 'Mandatory');
const correlationOf = (answer: TtlvItem): Uint8Array =>
  Uint8Array.from(must(fieldOf(answer.children[1], 'AsynchronousCorrelationValue'), told(answer)).content);
const about = (operation: AskedItem['operation'], correlation: Uint8Array): AskedItem => ({
  operation,
  payload: [make.byteString('AsynchronousCorrelationValue', correlation)],
});

test('what is asked to be answered later is polled for, once, by its owner', async () => {
  const id = await aKey();
  const answer = await ask(get(id), [MANDATORY]);
  assert.equal(told(answer), 'OperationPending');
  const correlation = correlationOf(answer);
  const stranger = await kmip.subject.connect(
    await kmip.subject.addClient({ projectId: kmip.client.projectId }),
  );
  const unknown = 'InvalidAsynchronousCorrelationValue';
  assert.equal(told(await ask(about('Poll', correlation), [], stranger)), unknown);
  const polled = await ask(about('Poll', correlation));
  assert.equal(told(polled), 'Success');
  assert.equal(fieldOf(polled.children[1], 'Operation')?.uint32, 0x0a);
  assert.equal(fieldOf(payloadOf(polled), 'UniqueIdentifier')?.text, id);
  assert.ok(fieldOf(payloadOf(polled), 'SymmetricKey'));
  assert.equal(told(await ask(about('Poll', correlation))), unknown);
  stranger.close();
});

test('whoever holds a delegated ticket sees and takes what was asked with it, and nothing else of its giver', async () => {
  const [mine, other] = [await aKey(), await aKey()];
  const objects = make.structure('Objects', [uid(mine)]);
  const value = await ticketFor(make.structure('Rights', [make.structure('Right', [objects])]));
  const header = [byTicket(value)];
  const waiting = correlationOf(await ask(get(other), [MANDATORY]));
  const list = async (over: typeof header) =>
    payloadOf(await ask({ operation: 'QueryAsynchronousRequests' }, over))?.children.length;
  assert.equal(await list(header), 0);
  assert.equal(told(await ask(about('Poll', waiting), header)), 'InvalidAsynchronousCorrelationValue');
  const cancelled = payloadOf(await ask(about('Cancel', waiting), header));
  assert.equal(fieldOf(cancelled, 'CancellationResult')?.uint32, 5);
  assert.equal(told(await ask(about('Poll', waiting))), 'Success');
  const asked = correlationOf(await ask(get(mine), [MANDATORY, ...header]));
  assert.equal(await list(header), 1);
  assert.equal(told(await ask(about('Poll', asked))), 'InvalidAsynchronousCorrelationValue');
  assert.equal(told(await ask(about('Poll', asked), header)), 'Success');
});

test('a failure is polled for like a result', async () => {
  const correlation = correlationOf(await ask(get('nothing'), [MANDATORY]));
  assert.equal(told(await ask(about('Poll', correlation))), 'ObjectNotFound');
});

test('what waits can be taken back, hurried and listed', async () => {
  const id = await aKey();
  const cancelled = async (correlation: Uint8Array) =>
    fieldOf(payloadOf(await ask(about('Cancel', correlation))), 'CancellationResult')?.uint32;
  const waiting = correlationOf(await ask(get(id), [MANDATORY]));
  const list = payloadOf(await ask({ operation: 'QueryAsynchronousRequests' }));
  assert.equal(list?.children.length, 1);
  assert.deepEqual(
    list?.children[0]?.children.map(({ name }) => name),
    ['AsynchronousCorrelationValue', 'Operation', 'SubmissionDate', 'ProcessingStage'],
  );
  assert.equal(await cancelled(waiting), 1);
  assert.equal(await cancelled(waiting), 1);
  assert.equal(told(await ask(about('Poll', waiting))), 'OperationCanceledByRequester');
  assert.equal(await cancelled(waiting), 5);
  const hurried = correlationOf(await ask(get(id), [MANDATORY]));
  assert.equal(told(await ask(about('Process', hurried))), 'Success');
  assert.equal(told(await ask(about('Process', hurried))), 'DuplicateProcessRequest');
  assert.equal(await cancelled(hurried), 3);
  assert.equal(told(await ask(about('Poll', hurried))), 'Success');
});

test('an application of PKCS #11 learns what the module is, and what it cannot do', async () => {
  const call = async (name: ValueName<'PKCS_11Function'>, correlation?: Uint8Array, input?: Uint8Array) =>
    payloadOf(
      await ask({
        operation: 'PKCS_11',
        payload: [
          make.enumeration('PKCS_11Function', name),
          make.ifPresent(correlation, value => make.byteString('CorrelationValue', value)),
          make.ifPresent(input, value => make.byteString('PKCS_11InputParameters', value)),
        ],
      }),
    );
  const codeOf = (payload: TtlvItem | undefined) =>
    valueName('PKCS_11ReturnCode', fieldOf(payload, 'PKCS_11ReturnCode')?.uint32 ?? -1);
  const begun = await call('C_Initialize', undefined, Uint8Array.of(1));
  const correlation = Uint8Array.from(must(fieldOf(begun, 'CorrelationValue'), 'a value').content);
  const info = await call('C_GetInfo', correlation);
  assert.equal(fieldOf(info, 'PKCS_11OutputParameters')?.content.length, 76);
  assert.equal(codeOf(await call('C_OpenSession', correlation)), 'FUNCTION_NOT_SUPPORTED');
  assert.equal(codeOf(await call('C_Finalize', correlation)), 'OK');
  assert.equal(codeOf(await call('C_GetInfo', correlation)), 'CRYPTOKI_NOT_INITIALIZED');
});

test('those who wait are bounded in number', async () => {
  const owner = await kmip.subject.connect(await kmip.subject.addClient());
  const answers: string[] = [];
  for (let at = 0; at < 33; at += 1) answers.push(told(await ask(LOCATE, [MANDATORY], owner)));
  assert.equal(answers.filter(each => each === 'OperationPending').length, 32);
  assert.equal(answers.at(-1), 'ServerLimitExceeded');
  owner.close();
});

test('in a batch that is undone as a whole a result is polled for once, whichever way it runs', async () => {
  const answer = await ask(get(await aKey()), [MANDATORY]);
  const correlation = correlationOf(answer);
  assert.equal(told(await ask(about('Process', correlation))), 'Success');
  // What makes a key is missing in the first run of the batch, which then begins anew.
  const create: AskedItem = {
    operation: 'Create',
    id: Uint8Array.of(2),
    payload: [
      make.enumeration('ObjectType', 'SymmetricKey'),
      make.structure('Attributes', [
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 256),
        make.integer('CryptographicUsageMask', 12),
      ]),
    ],
  };
  const undo = make.enumeration('BatchErrorContinuationOption', 'Undo');
  const poll = { ...about('Poll', correlation), id: Uint8Array.of(1) };
  const login: AskedItem = { operation: 'Login', id: Uint8Array.of(3) };
  const whole = await kmip.connection.ask(request('2.1', [poll, login, create], [undo]));
  const [polled, loggedIn, created] = whole.children.slice(1);
  assert.ok(fieldOf(fieldOf(polled, 'ResponsePayload'), 'SymmetricKey'));
  const ticket = fieldOf(fieldOf(loggedIn, 'ResponsePayload'), 'Ticket');
  assert.ok(fieldOf(created, 'ResponsePayload'));
  assert.equal(told(await ask(about('Poll', correlation))), 'InvalidAsynchronousCorrelationValue');
  const value = Uint8Array.from(must(fieldOf(ticket, 'TicketValue'), 'a ticket').content);
  assert.equal(told(await ask(LOCATE, [byTicket(value)])), 'Success');
});
