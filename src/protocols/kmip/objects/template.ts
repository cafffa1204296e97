// Templates (KMIP 1.0 to 1.4 section 2.2.6): named sets of attributes, taken out of 2.0. One is kept as an opaque key, whose material is
// what it holds; the same stands in the facet, where those who use the template by its name read it.

import { base64, decodeBase64 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import {
  make,
  read,
  readTtlv,
  type StructureReader,
  StructureReader as StructureReaderClass,
  type TtlvField,
  type TtlvItem,
  writeTtlv,
} from '../../../wire/ttlv/index.ts';
import { attributeReader, type GivenValue } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags } from '../names.ts';
import { type KmipRequest, perform } from '../request.ts';
import { facetOf, factsToKeep, proven } from './facet.ts';
import { findNamed, requireOnLine } from './find.ts';
import type { ManagedObject } from './object.ts';
import { planOwn } from './plan.ts';

export interface BroughtTemplate {
  /** Template, as it came. */
  readonly item: TtlvItem;
  readonly attributes: readonly GivenValue[];
}

/** Throws `invalidObjectType` where there are no templates any more. */
export function readTemplate(payload: StructureReader, { version }: KmipRequest): BroughtTemplate {
  if (hasOwnTags(version) || !payload.has('Template')) throw refusal('invalidObjectType');
  return payload.one('Template', {
    types: ['Structure'],
    take(item) {
      const fields = new StructureReaderClass(item);
      const attributes = fields.many('Attribute', attributeReader(version));
      fields.refuseOthers();
      return { item, attributes };
    },
  });
}

/** What of a template says how its objects are used, and nothing of itself. */
const OF_OBJECTS: ReadonlySet<string> = new Set([
  'ActivationDate',
  'ProcessStartDate',
  'ProtectStopDate',
  'DeactivationDate',
  'UsageLimits',
  'Sensitive',
  'Extractable',
]);

/** Stores it, and gives back the id of its key. `given`: attributes of the template itself. */
export async function importTemplate(
  request: KmipRequest,
  { item, attributes }: BroughtTemplate,
  given: readonly GivenValue[],
): Promise<string> {
  const own = new Set(given.map(({ name }) => name));
  const told = attributes.filter(({ name }) => !own.has(name) && !OF_OBJECTS.has(name));
  const plan = planOwn(request, [...given, ...told]);
  const { Fresh: _, ...kept } = plan.kept;
  const { algorithm, length, usageMask } = plan;
  const content = writeTtlv(make.copy(item));
  const { key } = await perform(
    request,
    importKey,
    {
      names: plan.key.names,
      state: 'preActive',
      exportable: true,
      algorithm: 'opaque',
      material: { by: 'plain', material: request.secrets.use(SecretBytes.copyOf(content)) },
      location: request.location,
      facet: facetOf({
        ...kept,
        ...factsToKeep({ objectType: 'Template', algorithm, length, usageMask }),
        ...proven('createdByCredential', request.context),
        template: base64(content),
      }),
    },
    { alreadyExists: 'nameTakenAtCreation' },
  );
  return key.id;
}

/** Template, as it stands in an answer. */
export function writeTemplate(held: Uint8Array): TtlvField {
  return make.copy(readTtlv(held));
}

const WITH_TEMPLATES: ReadonlySet<string> = new Set([
  'TemplateAttribute',
  'CommonTemplateAttribute',
  'PrivateKeyTemplateAttribute',
  'PublicKeyTemplateAttribute',
]);

/** Each costs a look at the store and an entry in the log. */
const TEMPLATES_MAX = 32;

/**
 * The payload with the attributes of templates in the place of their names. What the request itself gives counts before them. Throws `invalidField`
 * for too many names, and `objectNotFound`.
 */
export async function withTemplates(request: KmipRequest, payload: TtlvItem): Promise<TtlvItem> {
  if (hasOwnTags(request.version) || !payload.children.some(namesTemplates)) return payload;
  const names = payload.children.filter(namesTemplates).flatMap(namesIn);
  if (names.length > TEMPLATES_MAX)
    throw refusal('invalidField', `A request names at most ${TEMPLATES_MAX} templates.`);
  const children: TtlvItem[] = [];
  for (const child of payload.children)
    children.push(namesTemplates(child) ? await expanded(request, child) : child);
  return payload.withChildren(children);
}

function namesTemplates(item: TtlvItem): boolean {
  return WITH_TEMPLATES.has(item.name ?? '') && namesIn(item).length > 0;
}

function namesIn({ children }: TtlvItem): readonly TtlvItem[] {
  return children.filter(({ name }) => name === 'Name');
}

async function expanded(request: KmipRequest, item: TtlvItem): Promise<TtlvItem> {
  const own = item.children.filter(({ name }) => name !== 'Name');
  const named = new Set(own.map(attributeName));
  const taken: TtlvItem[] = [];
  // What stands in several templates is taken from the last of them.
  for (const name of namesIn(item).toReversed()) {
    const found = (await contentOf(request, name)).filter(each => !named.has(attributeName(each)));
    for (const each of found) named.add(attributeName(each));
    taken.push(...found);
  }
  return item.withChildren([...taken, ...own]);
}

function attributeName(item: TtlvItem): string {
  return item.children.find(({ name }) => name === 'AttributeName')?.text ?? '';
}

/** The attributes of a template but for its names. Throws `objectNotFound`. */
async function contentOf(request: KmipRequest, name: TtlvItem): Promise<readonly TtlvItem[]> {
  const fields = new StructureReaderClass(name);
  const text = fields.one('NameValue', read.textString);
  fields.one('NameType', read.enumeration('NameType'));
  fields.refuseOthers();
  const template = await findNamed(request, text);
  if (template !== undefined) requireOnLine(template.key);
  const content = template && keptContent(template);
  if (content === undefined) throw refusal('objectNotFound', 'There is no such template.');
  return readTtlv(content).children.filter(child => attributeName(child) !== 'Name');
}

function keptContent({ facts, facet }: ManagedObject): Uint8Array | undefined {
  const { template } = facet;
  return facts.objectType === 'Template' && typeof template === 'string' ? decodeBase64(template) : undefined;
}
