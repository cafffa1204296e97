// Set Defaults, Set Constraints, Get Constraints (KMIP 2.1 sections 6.1.22, 6.1.52 and 6.1.53): for the project of the caller, by whoever may
// configure it.

import { readProjectFacet, writeProjectFacet } from '../../../core/operations/projects/project-facets.ts';
import { make, read, type TtlvItem } from '../../../wire/ttlv/index.ts';
import { PROTOCOL_NAME } from '../names.ts';
import {
  givenPolicies,
  type PolicyKind,
  policiesToKeep,
  readPolicies,
  writePolicies,
} from '../objects/policies.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';

const SINCE = '2.1';

export const SET_DEFAULTS = operation({
  since: SINCE,
  decode: (payload, request) => checked(payload.optional('DefaultsInformation', read.item), request),
  run: (request, item) => keep(request, 'DefaultsInformation', item),
});

export const SET_CONSTRAINTS = operation({
  since: SINCE,
  decode: (payload, request) => checked(payload.one('Constraints', read.item), request),
  run: (request, item) => keep(request, 'Constraints', item),
});

export const GET_CONSTRAINTS = operation({
  since: SINCE,
  decode: () => undefined,
  async run(request) {
    const document = await perform(request, readProjectFacet, { protocol: PROTOCOL_NAME });
    return [writePolicies(document, 'Constraints', request.version) ?? make.structure('Constraints', [])];
  },
});

function checked(item: TtlvItem | undefined, { version }: KmipRequest): TtlvItem | undefined {
  const given = item && givenPolicies(item, version);
  if (given !== undefined) readPolicies(given);
  return given;
}

/** An empty structure says as much as none. */
async function keep(request: KmipRequest, kind: PolicyKind, item: TtlvItem | undefined): Promise<[]> {
  const kept = item?.children.length === 0 ? undefined : item;
  const facet = { protocol: PROTOCOL_NAME, document: policiesToKeep(kind, kept) };
  await perform(request, writeProjectFacet, { facet });
  return [];
}
