// What is done with a key: POST /keys/{id}/actions/{action}, and the older POST /keys/{id}?action={action}.

import { type Bytes, base64, decodeBase64 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { tableKeys } from '../../../base/table.ts';
import { decrypt } from '../../../core/operations/crypto/decrypt.ts';
import { encrypt } from '../../../core/operations/crypto/encrypt.ts';
import { generateDataKey } from '../../../core/operations/crypto/generate-data-key.ts';
import { reencrypt } from '../../../core/operations/crypto/reencrypt.ts';
import { importKeyVersion } from '../../../core/operations/keys/import-key-version.ts';
import { rotateKey } from '../../../core/operations/keys/rotate-key.ts';
import { type MessageContext, NO_CONTEXT } from '../../../domain/message-context.ts';
import type { SecretPlace } from '../body.ts';
import { fieldRefusal, queryRefusal, refusal } from '../fault.ts';
import { versionId } from '../names.ts';
import { guarded, perform, performOn } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import { TIMES } from '../times.ts';
import { incomingMaterial, readImportTokenMembers } from './incoming.ts';
import { namedKey, serveRestore } from './keys.ts';
import {
  serveDisable,
  serveEnable,
  serveSetForDeletion,
  serveSync,
  serveUnsetForDeletion,
} from './state-actions.ts';

const DATA_KEY_BYTES = 32;
const AAD_ITEMS_MAX = 255;
const AAD_CHARACTERS_MAX = 255;
const WRAP_STATES = [1] as const;
/** What an expired key has protected can still be saved. */
const UNWRAP_STATES = [1, 3] as const;

function readContext({ body }: Call): MessageContext {
  const items = body.texts('aad', AAD_ITEMS_MAX, { max: AAD_CHARACTERS_MAX });
  return items === undefined || items.length === 0 ? NO_CONTEXT : { kind: 'list', items };
}

function readCiphertext({ body, bodyGiven }: Call): Bytes {
  const text = body.text('ciphertext');
  if (text === undefined)
    throw bodyGiven ? fieldRefusal('ciphertext', 'is required') : refusal('NO_BODY_ERR');
  const bytes = decodeBase64(text);
  if (bytes === undefined || bytes.length === 0) throw fieldRefusal('ciphertext', 'must be base64 encoded');
  return bytes;
}

/** Without a plaintext the service makes one: a data encryption key. */
async function serveWrap(call: Call): Promise<Answer> {
  const { request, body, secret } = call;
  body.text('plaintext');
  const context = readContext(call);
  body.end();
  const expected = { kind: 'root', states: WRAP_STATES } as const;
  const key = namedKey(call);
  if (secret === undefined) {
    const made = await performOn(
      request,
      generateDataKey,
      { ...key, bytes: DATA_KEY_BYTES, context },
      expected,
    );
    return {
      status: 200,
      noun: 'keyAction',
      body: { ciphertext: base64(made.ciphertext), keyVersion: { id: versionId(made.by.version) } },
      secret: { name: 'plaintext', value: made.plaintext },
    };
  }
  const sealed = await performOn(request, encrypt, { ...key, plaintext: secret, context }, expected);
  return {
    status: 200,
    noun: 'keyAction',
    body: { ciphertext: base64(sealed.ciphertext), keyVersion: { id: versionId(sealed.by.version) } },
  };
}

/** What an older version has wrapped comes back wrapped by the newest as well, for the caller to keep instead. */
async function serveUnwrap(call: Call): Promise<Answer> {
  const ciphertext = readCiphertext(call);
  const context = readContext(call);
  call.body.end();
  const input = { ...namedKey(call), ciphertext, context, renew: true };
  const opened = await performOn(call.request, decrypt, input, { kind: 'root', states: UNWRAP_STATES });
  const { by, plaintext, renewed } = opened;
  return {
    status: 200,
    noun: 'keyAction',
    body: {
      ...(renewed === undefined
        ? {}
        : {
            ciphertext: base64(renewed.ciphertext),
            rewrappedKeyVersion: { id: versionId(renewed.by.version) },
          }),
      keyVersion: { id: versionId(by.version) },
    },
    secret: { name: 'plaintext', value: plaintext },
  };
}

async function serveRewrap(call: Call): Promise<Answer> {
  const { request } = call;
  const ciphertext = readCiphertext(call);
  const context = readContext(call);
  call.body.end();
  const { key } = namedKey(call);
  const operation = guarded(request, reencrypt, target => target.source, {
    kind: 'root',
    states: UNWRAP_STATES,
  });
  const moved = await perform(request, operation, {
    source: { key, ciphertext, context },
    destination: { key, context },
    renewal: true,
  });
  return {
    status: 200,
    noun: 'keyAction',
    body: {
      ciphertext: base64(moved.ciphertext),
      keyVersion: { id: versionId(moved.from.version) },
      rewrappedKeyVersion: { id: versionId(moved.by.version) },
    },
  };
}

/** Material is made here for a generated key, and comes with the request for an imported one: never the other way round. */
async function serveRotate(call: Call): Promise<Answer> {
  const { request, body, secret } = call;
  body.text('payload');
  const token = readImportTokenMembers(body);
  body.end();
  const again = { minimumIntervalMs: TIMES.rotateAgainAfterMs, restartSchedule: true };
  const expected = { kind: 'root', states: WRAP_STATES } as const;
  const told = { tooEarly: 'KEY_ROTATION_NOT_PERMITTED' } as const;
  if (secret === undefined) {
    const operation = guarded(
      request,
      rotateKey,
      target => target,
      expected,
      ({ key }) => {
        if (key.origin === 'imported') throw refusal('KEY_PAYLOAD_REQ_ERR');
      },
    );
    await perform(request, operation, { ...namedKey(call), ...again, cause: 'requestedRotation' }, told);
    return NO_CONTENT;
  }
  using plain = SecretBytes.copyOf(secret);
  const operation = guarded(
    request,
    importKeyVersion,
    target => target,
    expected,
    ({ key }) => {
      if (key.origin === 'imported') return;
      throw queryRefusal('payload', 'must not be given: the material of this key is made by the service');
    },
  );
  const material = incomingMaterial(secret, plain, token);
  const input = { ...namedKey(call), ...again, material, anyLength: true };
  await perform(request, operation, input, told);
  return NO_CONTENT;
}

const ACTIONS = {
  disable: serveDisable,
  enable: serveEnable,
  restore: serveRestore,
  rewrap: serveRewrap,
  rotate: serveRotate,
  setKeyForDeletion: serveSetForDeletion,
  sync: serveSync,
  unsetKeyForDeletion: serveUnsetForDeletion,
  unwrap: serveUnwrap,
  wrap: serveWrap,
} as const satisfies Record<string, (call: Call) => Promise<Answer>>;

type Action = keyof typeof ACTIONS;

const secretOf = (name: string): SecretPlace => {
  if (name === 'restore') return { name: 'payload', inResource: true };
  return { name: name === 'rotate' ? 'payload' : 'plaintext' };
};

export const ACTION_ROUTES: readonly Route[] = [
  ...tableKeys(ACTIONS).map(
    (name: Action): Route => ({
      method: 'POST',
      path: `/api/v2/keys/:id/actions/${name}`,
      failed: `The action ${name} could not be performed on the key`,
      secret: secretOf(name),
      serve(call) {
        call.query.end();
        return ACTIONS[name](call);
      },
    }),
  ),
  {
    method: 'POST',
    path: '/api/v2/keys/:id',
    failed: 'The action could not be performed on the key',
    secret: query => secretOf(query.text('action') ?? ''),
    serve(call) {
      const name = call.query.oneOf('action', tableKeys(ACTIONS));
      if (name === undefined) throw queryRefusal('action', 'is required');
      call.query.end();
      return ACTIONS[name](call);
    },
  },
];
