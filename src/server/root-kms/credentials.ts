// With what the other KMS is asked: a private file, read anew for every use, so that replacing it needs no restart.

import { z } from 'zod';
import { decodeUtf8 } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { readPrivateFile } from '../../custody/root/private-file.ts';
import { KmsError } from '../../domain/errors.ts';

const FILE_BYTES_MAX = 16_384;

const word = z.string().regex(/^[\x21-\x7e]+$/);

const awsSchema = z.strictObject({
  accessKeyId: word,
  secretAccessKey: word,
  sessionToken: word.optional(),
});

const roleSchema = z.strictObject({
  roleId: word,
  secretId: word,
  /** Where the method of application roles is mounted. */
  mount: word.default('approle'),
});

export type AwsCredential = z.infer<typeof awsSchema>;

export type VaultCredential =
  | { readonly kind: 'token'; readonly token: string }
  | ({ readonly kind: 'role' } & z.infer<typeof roleSchema>);

/** `{"accessKeyId","secretAccessKey","sessionToken"?}`. Throws `sealed` for a file that is missing, open to others, or something else. */
export async function readAwsCredential(path: string): Promise<AwsCredential> {
  const parsed = awsSchema.safeParse(jsonOf(await textOf(path)));
  if (parsed.success) return parsed.data;
  throw unfit(path, '{"accessKeyId": "…", "secretAccessKey": "…"}, and "sessionToken" where there is one');
}

/** One line, a token; or `{"roleId","secretId","mount"?}`. Throws as above. */
export async function readVaultCredential(path: string): Promise<VaultCredential> {
  const text = (await textOf(path)).trim();
  if (word.safeParse(text).success && !text.startsWith('{')) return { kind: 'token', token: text };
  const parsed = roleSchema.safeParse(jsonOf(text));
  if (parsed.success) return { kind: 'role', ...parsed.data };
  throw unfit(path, 'a token in one line, or {"roleId": "…", "secretId": "…"}');
}

async function textOf(path: string): Promise<string> {
  using content = await readPrivateFile(path, FILE_BYTES_MAX);
  if (content === undefined)
    throw new KmsError('sealed', `The file ${path}, which root-kms-credentials-file names, is missing.`, {
      path,
    });
  return decodeUtf8(revealSecretBytes(content));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unfit(path: string, shape: string): KmsError {
  return new KmsError('sealed', `The file ${path} does not hold what the other KMS asks for: ${shape}.`, {
    path,
  });
}
