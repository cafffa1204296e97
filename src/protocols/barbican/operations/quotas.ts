// Quotas: what holds for the project of the token, and what administrators of the service set for projects.

import { mapTable } from '../../../base/table.ts';
import { parseCloudId } from '../../../core/cloud-ids.ts';
import { execute } from '../../../core/execute.ts';
import {
  deleteQuotas,
  listQuotas,
  readProjectQuotas,
  readQuotas,
  setQuotas,
} from '../../../core/operations/secrets/quotas.ts';
import { QUOTA_NOUNS, type QuotaNoun, type Quotas, UNLIMITED } from '../../../domain/quota.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { creatorId } from '../names.ts';
import { listBody } from '../page.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import type { Shape } from '../shapes.ts';

const WORDS = {
  secrets: 'secrets',
  orders: 'orders',
  containers: 'containers',
  consumers: 'consumers',
  authorities: 'cas',
} as const satisfies Record<QuotaNoun, string>;

const LIMIT_MAX = 2_147_483_647;

function shape(limits: Quotas): Shape {
  return Object.fromEntries(
    Object.entries(WORDS).map(([noun, word]) => [word, limits[noun as QuotaNoun] ?? null]),
  );
}

/** Ours, where the id has the form of one of ours: so it is found again by the project itself. */
function projectOf({ params: { project = '' } }: Call): string {
  return parseCloudId(project) ?? project;
}

async function showOwn(call: Call): Promise<Answer> {
  const quotas = await execute(call.kms, readQuotas, call.context, undefined);
  return { status: 200, body: { quotas: shape(quotas) } };
}

async function list(call: Call): Promise<Answer> {
  const window = call.query.window();
  const { items, total } = await execute(call.kms, listQuotas, call.context, { window });
  const body = listBody({
    noun: 'project_quotas',
    items: items.map(({ projectId, quotas }) => ({
      project_id: creatorId(projectId),
      project_quotas: shape(quotas),
    })),
    total,
    window,
    href: `${call.url()}/v1/project-quotas`,
  });
  return { status: 200, body };
}

async function show(call: Call): Promise<Answer> {
  const projectId = projectOf(call);
  const quotas = await execute(call.kms, readProjectQuotas, call.context, { projectId });
  return { status: 200, body: { project_quotas: shape(quotas) } };
}

/** Below nothing there is no bound. */
function readLimit(given: Members, word: string): number | undefined {
  const limit = given.integer(word, -LIMIT_MAX, LIMIT_MAX);
  return limit === undefined ? undefined : Math.max(limit, UNLIMITED);
}

async function set(call: Call): Promise<Answer> {
  const members = new Members('ProjectQuotas', readObject(call.body));
  const given = members.object('project_quotas') ?? members.refuse(`'project_quotas' is a required property`);
  const words: readonly string[] = Object.values(WORDS);
  const stray =
    members.names().find(name => name !== 'project_quotas') ??
    given.names().find(name => !words.includes(name));
  if (stray !== undefined) given.refuse(`Additional properties are not allowed: ${stray}`);
  const quotas = mapTable(QUOTA_NOUNS, (_meaning, noun) => readLimit(given, WORDS[noun]));
  const projectId = projectOf(call);
  await execute(call.kms, setQuotas, call.context, { projectId, quotas });
  return NO_CONTENT;
}

async function remove(call: Call): Promise<Answer> {
  await execute(call.kms, deleteQuotas, call.context, { projectId: projectOf(call) });
  return NO_CONTENT;
}

export const QUOTA_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/quotas', serve: showOwn },
  { method: 'GET', path: '/v1/project-quotas', serve: list },
  { method: 'GET', path: '/v1/project-quotas/:project', serve: show },
  { method: 'PUT', path: '/v1/project-quotas/:project', takes: 'json', serve: set },
  { method: 'DELETE', path: '/v1/project-quotas/:project', answers: 'anything', serve: remove },
];
