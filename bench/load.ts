// Load of AWS requests. A SigV4 signature is good for five minutes, so each run signs its request once: the generator then costs the
// machine the same for both servers.

import { utf8 } from '../src/base/bytes.ts';
import { signRequest } from '../src/wire/aws-signature/sign.ts';
import { type Measurement, measureRequest, requestBytes } from './http-load.ts';

export interface AwsAccount {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Call {
  readonly operation: string;
  readonly body: object;
}

/** Headers of one signed call; valid for any number of repetitions within the skew. */
export function signedHeaders(url: string, call: Call, account: AwsAccount): Record<string, string> {
  const headers = signRequest(
    {
      method: 'POST',
      target: '/',
      headers: [
        ['host', new URL(url).host],
        ['content-type', 'application/x-amz-json-1.1'],
        ['x-amz-target', `TrentService.${call.operation}`],
      ],
      body: utf8(JSON.stringify(call.body)),
    },
    {
      accessKeyId: account.accessKeyId,
      secret: utf8(account.secretAccessKey),
      region: account.region,
      service: 'kms',
    },
    Date.now(),
  );
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

export async function callOnce(
  url: string,
  call: Call,
  account: AwsAccount,
): Promise<Record<string, unknown>> {
  const { host: _host, ...headers } = signedHeaders(url, call, account);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(call.body) });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(`${call.operation}: ${JSON.stringify(answer)}`);
  return answer;
}

export function measure(
  url: string,
  call: Call,
  account: AwsAccount,
  options: { readonly connections: number; readonly seconds: number },
): Promise<Measurement> {
  const headers = signedHeaders(url, call, account);
  const request = requestBytes(url, {
    method: 'POST',
    target: '/',
    headers,
    body: JSON.stringify(call.body),
  });
  return measureRequest(url, request, { ...options, status: 200 });
}
