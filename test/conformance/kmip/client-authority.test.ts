// Clients that are known by an authority of the settings alone: they log in and come back for answers like others, and who stands on the list of
// revoked certificates is out, on open connections too.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, decodeHex } from '../../../src/base/bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import { der, writeDer } from '../../../src/wire/der/index.ts';
import { make, type TtlvField, type TtlvItem, valueName } from '../../../src/wire/ttlv/index.ts';
import { writePem } from '../../../src/wire/x509/pem.ts';
import { CLIENT_AUTHENTICATION, selfSigned } from '../../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemContext } from '../../support/system.ts';
import { type AskedItem, type KmipConnection, openConnection, request } from './support.ts';

const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const AUTHORITY = selfSigned({ subject: 'somebody', keys: issuer, isAuthority: true });
const ECDSA_WITH_SHA256 = must(decodeHex('300a06082a8648ce3d040302'), 'hex');
const COMMON_NAME = '2.5.4.3';

/** A list of revoked certificates (RFC 5280 section 5.1), signed by the authority. */
function revocationList(...serials: readonly Bytes[]): string {
  const name = der.sequence([
    der.set([
      der.sequence([der.objectIdentifier(COMMON_NAME), der.element('utf8String', Buffer.from('somebody'))]),
    ]),
  ]);
  const [from, until] = [Date.UTC(2020, 0), Date.UTC(2049, 0)];
  const revoked = serials.map(serial => der.sequence([der.integer(serial), der.time(from)]));
  const body = writeDer(
    der.sequence([
      der.encoded(ECDSA_WITH_SHA256),
      name,
      der.time(from),
      der.time(until),
      revoked.length === 0 ? undefined : der.sequence(revoked),
    ]),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  const list = der.sequence([der.encoded(body), der.encoded(ECDSA_WITH_SHA256), der.bitString(signature)]);
  return writePem('X509 CRL', writeDer(list));
}

interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

function certifiedBySomebody(subject: string): Identity {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = selfSigned({
    subject,
    purposes: [CLIENT_AUTHENTICATION],
    keys,
    issuer: { subject: 'somebody', privateKey: issuer.privateKey },
  });
  return { certificate, privateKey: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
}

let keyhold: TestKeyhold;
let folder: string;
let crlFile: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyhold-kmip-clients-'));
  const kmipClientCaFile = join(folder, 'clients.pem');
  crlFile = join(folder, 'revoked.pem');
  writeFileSync(kmipClientCaFile, AUTHORITY);
  writeFileSync(crlFile, revocationList());
  const settings = { kmip: 'on', kmipPort: '0', kmipClientCaFile, kmipClientCrlFile: crlFile };
  keyhold = await startKeyhold({ settings });
  const { kms, credentials } = keyhold;
  const system = systemContext(credentials.project.id);
  for (const name of ['tape', 'disk']) {
    const { id } = await execute(kms, createPrincipal, system, { name, kind: 'serviceAccount' });
    await execute(kms, bindRole, system, { principal: id, role: 'manager', scope: { on: 'realm' } });
  }
});
after(async () => {
  await keyhold.stop();
  rmSync(folder, { recursive: true });
});

const connect = (identity: Identity) => openConnection(keyhold.kmipPort ?? 0, identity);

const LOCATE: AskedItem = { operation: 'Locate', payload: [make.structure('Attributes', [])] };

async function ask(
  connection: KmipConnection,
  item: AskedItem,
  ...header: readonly TtlvField[]
): Promise<{ readonly reason: string | undefined; field(name: string): TtlvItem | undefined }> {
  const answer = must((await connection.ask(request('2.1', [item], header))).children[1], 'an item');
  const all = [answer, ...answer.children, ...answer.children.flatMap(({ children }) => children)];
  const field = (name: string) =>
    [...all, ...all.flatMap(({ children }) => children)].find(each => each.name === name);
  const reason = field('ResultReason')?.uint32;
  return { reason: reason === undefined ? undefined : valueName('ResultReason', reason), field };
}

async function ticketOf(connection: KmipConnection): Promise<TtlvField> {
  const login = await ask(connection, { operation: 'Login' });
  assert.equal(login.reason, undefined);
  return make.structure('Authentication', [
    make.structure('Credential', [
      make.enumeration('CredentialType', 'Ticket'),
      make.structure('CredentialValue', [make.copy(must(login.field('Ticket'), 'a ticket'))]),
    ]),
  ]);
}

test('tickets and answers that come later are good for a client that the authority alone knows', async () => {
  const connection = await connect(certifiedBySomebody('tape'));
  const ticket = await ticketOf(connection);
  assert.equal((await ask(connection, LOCATE, ticket)).reason, undefined);
  const later = await ask(connection, LOCATE, make.enumeration('AsynchronousIndicator', 'Mandatory'));
  const correlation = must(later.field('AsynchronousCorrelationValue'), 'a value');
  const polled = await ask(connection, { operation: 'Poll', payload: [make.copy(correlation)] });
  assert.equal(polled.reason, undefined);
  connection.close();
});

test('a revoked certificate ends its connections, its tickets, and opens no other ones, while others come again', async () => {
  const [revoked, other] = [certifiedBySomebody('tape'), certifiedBySomebody('disk')];
  const [first, second] = [await connect(revoked), await connect(other)];
  const ticket = await ticketOf(first);
  assert.equal((await ask(first, LOCATE)).reason, undefined);
  assert.equal((await ask(second, LOCATE)).reason, undefined);
  const session = await sessionOf(revoked);
  const serial = must(decodeHex(new X509Certificate(revoked.certificate).serialNumber.toLowerCase()), 'hex');
  writeFileSync(crlFile, revocationList(serial));
  await first.ended;
  await second.ended;
  const again = await connect(other);
  assert.equal((await ask(again, LOCATE)).reason, undefined);
  assert.equal((await ask(again, LOCATE, ticket)).reason, 'InvalidTicket');
  for (const options of [{}, { session }]) {
    const refused = await openConnection(keyhold.kmipPort ?? 0, revoked, options);
    assert.equal((await ask(refused, LOCATE)).reason, 'AuthenticationNotSuccessful');
  }
  writeFileSync(crlFile, revocationList());
  await again.ended;
});

/** By which a later connection would be opened without showing the certificate again. */
async function sessionOf(identity: Identity): Promise<Buffer> {
  const connection = await connect(identity);
  const given = new Promise<Buffer>(resolve => connection.socket.once('session', resolve));
  assert.equal((await ask(connection, LOCATE)).reason, undefined);
  return given;
}
