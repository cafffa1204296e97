// What a server answers to one request by KMIP and one by Key Protect, made by hand: status, reason and words of a refusal.

import { readFileSync } from 'node:fs';
import { utf8 } from '../../../src/base/bytes.ts';
import { make, type TtlvItem, valueName } from '../../../src/wire/ttlv/index.ts';
import { openConnection, request } from '../../conformance/kmip/support.ts';
import type { TestKeyhold } from '../../support/keyhold.ts';

type Payload = Parameters<typeof make.structure>[1];

/** Of a message that is signed by an RSA key. */
export function signaturePayload(id: string): Payload {
  return [
    make.textString('UniqueIdentifier', id),
    make.structure('CryptographicParameters', [
      make.enumeration('PaddingMethod', 'PKCS1V1_5'),
      make.enumeration('HashingAlgorithm', 'SHA_256'),
    ]),
    make.byteString('Data', utf8('message')),
  ];
}

/** Status, reason and message of what an operation comes to. */
export async function kmipOutcome(
  keyhold: TestKeyhold,
  operation: 'Sign' | 'Get',
  payload: Payload,
): Promise<readonly (string | undefined)[]> {
  const { certFile, keyFile } = keyhold.credentials.kmip ?? { certFile: '', keyFile: '' };
  const connection = await openConnection(keyhold.kmipPort ?? 0, {
    certificate: readFileSync(certFile, 'utf8'),
    privateKey: readFileSync(keyFile, 'utf8'),
  });
  const answer = await connection.ask(request('1.4', [{ operation, payload }]));
  connection.close();
  const item = answer.children.find(({ name }) => name === 'BatchItem');
  const field = (name: string): TtlvItem | undefined => item?.children.find(child => child.name === name);
  const status = valueName('ResultStatus', field('ResultStatus')?.uint32 ?? 0);
  if (status === 'Success') return [status];
  return [
    status,
    valueName('ResultReason', field('ResultReason')?.uint32 ?? 0),
    field('ResultMessage')?.text,
  ];
}

/** Status and, of a refusal, the message. */
export async function keyProtectWrap(
  { url, credentials }: TestKeyhold,
  id: string,
): Promise<readonly (number | string)[]> {
  const { apiKey, instanceId } = credentials.keyProtect;
  const grant = encodeURIComponent('urn:ibm:params:oauth:grant-type:apikey');
  const given = await fetch(`${url}/identity/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=${grant}&apikey=${apiKey}`,
  });
  const { access_token: bearer } = (await given.json()) as { access_token: string };
  const answer = await fetch(`${url}/api/v2/keys/${id}/actions/wrap`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'bluemix-instance': instanceId },
    body: '{}',
  });
  const { resources } = (await answer.json()) as { resources?: readonly { errorMsg?: string }[] };
  const [{ errorMsg } = {}] = resources ?? [];
  return errorMsg === undefined ? [answer.status] : [answer.status, errorMsg];
}
