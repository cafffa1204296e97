// Values that a careless reader stumbles over, as JSON texts: some of them no JSON.stringify would write.

import fc from 'fast-check';

const text = (value: string): string => JSON.stringify(value);

/** Of other types than whatever is expected, and of none. */
export const CONFUSIONS: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e3',
  '9007199254740991',
  '9007199254740993',
  '-2147483649',
  '1e308',
  '1e309',
  '01',
  '""',
  '"text"',
  '"0"',
  '"true"',
  '[]',
  '[null]',
  '[[]]',
  '["a",1]',
  '{}',
  '{"a":{}}',
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":"x"}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":"x","valueOf":"y","length":"0"}',
  '{"toJSON":"x","then":"y"}',
  '{"a":"1","a":"2"}',
  '{"a":null}',
  '{"":""}',
  'undefined',
  'NaN',
  "'x'",
  '',
  `${'['.repeat(100)}${']'.repeat(100)}`,
  `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
  `[${'0,'.repeat(20_000)}0]`,
];

/** Texts with something in them. */
export const TEXTS: readonly string[] = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e\\u0007\\u001b[2J"',
  '"\\ufeff"',
  '"\\x41"',
  '"a\u0001b"',
  text('🔑'.repeat(64)),
  text('ﷺ'.repeat(256)),
  text('e\u0301'),
  text('__proto__'),
  text('constructor'),
  text('toString'),
  text('hasOwnProperty'),
  text("' OR 1=1; --"),
  text('%00'),
  text('../../etc/passwd'),
  text('{{7*7}}<script>'),
  text('\n\r\t'),
  text(' '),
  text('*'),
  text('x'.repeat(100_000)),
];

/** Texts of these lengths. */
export const lengths = (...counts: readonly number[]): readonly string[] =>
  counts.filter(count => count >= 0).map(count => text('a'.repeat(count)));

/** Base64 of blobs of these lengths, and texts that are nearly base64. */
export const blobs = (...counts: readonly number[]): readonly string[] => [
  ...counts.filter(count => count >= 0).map(count => text(Buffer.alloc(count, 7).toString('base64'))),
  '"AA"',
  '"AAA"',
  '"AA=="',
  '"AB=="',
  '"A==="',
  '"===="',
  '"AAAA\\n"',
  '"A_-A"',
  '"\\u0041AAA"',
  '"AA\\/A"',
];

const ID = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
const ACCOUNT = '123456789012';

/** Names of AWS keys that are none, or none of ours. */
export const KEY_NAMES: readonly string[] = [
  ID.toUpperCase(),
  `{${ID}}`,
  `${ID} `,
  `${ID}/`,
  `mrk-${ID}`,
  `mrk-${'0'.repeat(32)}`,
  'key/',
  `key/${ID}`,
  'alias/',
  'alias//',
  'alias/aws/',
  'alias/aws/s3',
  'alias/aws/constructor',
  'alias/aws/__proto__',
  'alias/../key',
  'arn',
  'arn:',
  'arn::::::',
  'arn:aws:kms',
  'arn:aws:kms:::',
  `arn:aws:kms:us-east-1:${ACCOUNT}:`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/${ID}`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/${ID}/x`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key:${ID}`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:alias/x:y:z`,
  `arn:aws:kms:us-east-1:${ACCOUNT}0:key/${ID}`,
  `arn:aws:kms:us-east-1::key/${ID}`,
  `arn:aws:kms::${ACCOUNT}:key/${ID}`,
  `arn:aws:kms:US-EAST-1:${ACCOUNT}:key/${ID}`,
  `arn:aws:kms:__proto__:${ACCOUNT}:key/${ID}`,
  `arn:aws:s3:us-east-1:${ACCOUNT}:key/${ID}`,
  `arn:aws-cn:kms:us-east-1:${ACCOUNT}:key/${ID}`,
  `ARN:aws:kms:us-east-1:${ACCOUNT}:key/${ID}`,
  ` arn:aws:kms:us-east-1:${ACCOUNT}:key/${ID}`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/${ID}\u0000`,
  `arn:${'a'.repeat(2_040)}`,
].map(text);

const entries = (count: number, valueLength = 1): string =>
  JSON.stringify(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'.repeat(valueLength)])),
  );

export const MAPS: readonly string[] = [
  entries(1),
  entries(51),
  entries(9_000),
  entries(10, 9_000),
  '{"a\\u0000":"b\\u0000"}',
  '{"\\ud800":"x"}',
  '{"a":"\\udfff"}',
  `{${text('k'.repeat(70_000))}:"v"}`,
];

/** A JSON object of the members, whatever their texts are. */
export function objectText(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, value]) => `${text(name)}:${value}`)
    .join(',')}}`;
}

/** Any value as JSON text, hostile ones often. */
export const anyValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...CONFUSIONS),
  fc.constantFrom(...TEXTS),
  fc.constantFrom(...KEY_NAMES),
  fc.constantFrom(...MAPS),
  fc.json({ maxDepth: 4 }),
  fc.string({ unit: 'binary', maxLength: 300 }).map(text),
  fc.uint8Array({ maxLength: 8_000 }).map(bytes => text(Buffer.from(bytes).toString('base64'))),
);
