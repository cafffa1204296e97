// Tags of keys. A list on the wire, a map in the core; the order of a list is that of the tag keys.

import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { tagKey } from '../../../core/operations/keys/update-key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { AwsRefusal } from '../fault.ts';
import { KEY_ID, page, TAG_KEYS, TAGS } from '../model/members.ts';
import { required } from '../model/shapes.ts';
import { selectKeyById } from '../names.ts';
import { operation } from '../operation.ts';
import { printPage, readPage } from '../page.ts';
import { perform } from '../request.ts';

interface Tag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** Throws TagException for what the model cannot say: twice the same key, a reserved one, too many. */
export function readTags(tags: readonly Tag[]): Readonly<Record<string, string>> {
  const map = Object.create(null) as Record<string, string>;
  for (const { TagKey, TagValue } of tags) {
    if (Object.hasOwn(map, TagKey)) throw tagRefusal('Duplicate tag keys');
    requireUnreserved(TagKey);
    map[TagKey] = TagValue;
  }
  if (tags.length > LIMITS.tagsPerKeyMax) throw tagRefusal('Too many tags');
  return map;
}

function requireUnreserved(tagKey: string): void {
  if (/^aws:/i.test(tagKey)) throw tagRefusal('Tags beginning with aws: are reserved');
}

function tagRefusal(message: string): AwsRefusal {
  return new AwsRefusal('invalidInput', { type: 'TagException', message });
}

export const tagResourceOperation = operation(
  { KeyId: required(KEY_ID), Tags: required(TAGS) },
  async (request, input) => {
    const key = selectKeyById(input.KeyId, request.region);
    await perform(request, tagKey, { key, set: readTags(input.Tags) });
    return {};
  },
);

export const untagResourceOperation = operation(
  { KeyId: required(KEY_ID), TagKeys: required(TAG_KEYS) },
  async (request, input) => {
    const key = selectKeyById(input.KeyId, request.region);
    for (const name of input.TagKeys) requireUnreserved(name);
    await perform(request, tagKey, { key, remove: input.TagKeys });
    return {};
  },
);

export const listResourceTagsOperation = operation(
  { KeyId: required(KEY_ID), ...page(50) },
  async (request, input) => {
    const key = selectKeyById(input.KeyId, request.region);
    const { limit, after } = readPage(request, input, 50);
    const { key: found } = await perform(request, describeKey, { key });
    const names = Object.keys(found.tags)
      .filter(name => after === undefined || name > after)
      .sort();
    const shown = names.slice(0, limit);
    return {
      Tags: shown.map(name => ({ TagKey: name, TagValue: found.tags[name] })),
      ...printPage(request, { next: names.length > limit ? shown.at(-1) : undefined }),
    };
  },
);
