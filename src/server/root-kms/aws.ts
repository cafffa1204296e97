// A key of an AWS-compatible KMS, another Keyhold included: Encrypt and Decrypt of the AWS KMS API (JSON 1.1), signed by Signature Version 4.

import { type Bytes, utf8, wipe } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { RemoteKey } from '../../custody/root/kms.ts';
import { signRequest } from '../../wire/aws-signature/sign.ts';
import type { HeaderField } from '../../wire/http.ts';
import type { AwsCredential } from './credentials.ts';
import { type Answer, type Endpoint, exchange, refusedBy } from './exchange.ts';
import { jsonWithSecret, plainJson, takeSecret } from './secret-json.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

export interface AwsKeyOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  /** Id, ARN or alias: what `KeyId` takes. */
  readonly key: string;
  /** Asked anew for every request, so that a replaced file counts at once. */
  readonly credential: () => Promise<AwsCredential>;
  readonly clock: Clock;
}

export function awsKey({ endpoint, region, key, credential, clock }: AwsKeyOptions): RemoteKey {
  async function call(action: 'Encrypt' | 'Decrypt', body: Bytes): Promise<Answer> {
    const { accessKeyId, secretAccessKey, sessionToken } = await credential();
    using secret = SecretBytes.own(utf8(secretAccessKey));
    const headers: readonly HeaderField[] = [
      ['host', endpoint.url.host],
      ['content-type', CONTENT_TYPE],
      ['x-amz-target', `TrentService.${action}`],
    ];
    const request = { method: 'POST', target: '/', headers, body } as const;
    const signed = signRequest(
      request,
      {
        accessKeyId,
        secret: revealSecretBytes(secret),
        region,
        service: 'kms',
        ...(sessionToken === undefined ? {} : { securityToken: sessionToken }),
      },
      clock.now(),
    );
    const sized: readonly HeaderField[] = [...signed, ['content-length', String(body.length)]];
    const answer = await exchange(endpoint, { ...request, headers: sized });
    if (answer.status === 200) return answer;
    const { __type: type, message, Message } = plainJson(answer.body);
    throw refusedBy(endpoint, answer.status, [type, message ?? Message].filter(Boolean).join(': '));
  }

  return {
    service: 'aws',
    async wrap(secret, context) {
      const body = jsonWithSecret({ KeyId: key, EncryptionContext: context }, 'Plaintext', secret);
      const answer = await call('Encrypt', body).finally(() => wipe(body));
      const { KeyId: id, CiphertextBlob: wrapped } = plainJson(answer.body);
      if (typeof id !== 'string' || typeof wrapped !== 'string') throw unreadable(endpoint, answer.status);
      return { key: id, wrapped };
    },
    async unwrap({ key: id, wrapped }, context) {
      const body = utf8(JSON.stringify({ KeyId: id, CiphertextBlob: wrapped, EncryptionContext: context }));
      const { body: answered, status } = await call('Decrypt', body);
      const secret = takeSecret(answered, 'Plaintext', 1);
      if (secret === undefined) throw unreadable(endpoint, status);
      return secret;
    },
  };
}

function unreadable(endpoint: Endpoint, status: number): Error {
  return refusedBy(endpoint, status, 'the answer is not that of an AWS-compatible KMS');
}
