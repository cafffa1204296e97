// What a caller may ask about itself: the projects that it can change to, and the services of its catalogue.

import type { CloudSession } from '../../../core/cloud-session.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { listOwnProjects } from '../../../core/operations/projects/own-projects.ts';
import { catalog, endpointDocuments, serviceDocuments } from '../documents/catalog.ts';
import { listAnswer } from '../documents/list.ts';
import { projectDocument } from '../documents/nouns.ts';
import { PROTOCOL_NAME, REGION } from '../names.ts';
import { type Answer, type ProvenCall, type Route, readable } from '../route.ts';

export const OWN_ROUTES: readonly Route[] = [
  ...readable('/auth/projects', ownProjects),
  ...readable('/auth/domains', async call => recorded(call, '/auth/domains', 'domains', [])),
  ...readable('/auth/system', async call => {
    await record(call, '/auth/system');
    const system = (await holdsInSystem(call)) ? [{ all: true }] : [];
    return { status: 200, body: { system, links: { self: `${call.url}/v3/auth/system` } } };
  }),
  ...readable('/auth/catalog', async call => recorded(call, '/auth/catalog', 'catalog', catalog(call.url))),
  ...readable('/services', async call =>
    recorded(call, '/services', 'services', serviceDocuments(call.url), ['name', 'type']),
  ),
  ...readable('/endpoints', async call =>
    recorded(call, '/endpoints', 'endpoints', endpointDocuments(call.url), [
      'interface',
      'service_id',
      'region_id',
    ]),
  ),
  ...readable('/regions', async call =>
    recorded(call, '/regions', 'regions', [
      {
        id: REGION,
        description: '',
        parent_region_id: null,
        links: { self: `${call.url}/v3/regions/${REGION}` },
      },
    ]),
  ),
];

async function ownProjects(call: ProvenCall): Promise<Answer> {
  const { caller, url } = call;
  const { items } = await call.perform(listOwnProjects, caller.projectId, {
    withFacet: PROTOCOL_NAME,
  });
  const documents = items.map(project => projectDocument(url, project));
  return listAnswer(call, 'projects', '/auth/projects', documents, ['name', 'id']);
}

async function holdsInSystem({
  kms,
  caller,
}: {
  kms: ProvenCall['kms'];
  caller: CloudSession;
}): Promise<boolean> {
  const bindings = await kms.store.bindings.ofPrincipal(caller.actor.principal.id);
  return bindings.some(({ scope }) => scope.level === 'system');
}

async function recorded(
  call: ProvenCall,
  path: string,
  noun: string,
  documents: readonly object[],
  filters: readonly string[] = [],
): Promise<Answer> {
  await record(call, path);
  return listAnswer(call, noun, path, documents, filters);
}

async function record(call: ProvenCall, path: string): Promise<void> {
  await call.perform(answerRequest, call.caller.projectId, { asked: `GET /v3${path}` });
}
