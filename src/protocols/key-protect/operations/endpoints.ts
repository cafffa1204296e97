// Where an instance is reached, and the configuration rules of its account: there are none, since rules are set on projects here.

import { readProject } from '../../../core/operations/projects/projects.ts';
import { instanceCrn } from '../names.ts';
import { perform } from '../request.ts';
import type { Answer, Call, Route } from '../route.ts';

const RESOURCE_KINDS = ['instance', 'key'] as const;

/** Of one's own project: an account has one instance here. */
async function serveConfigs({ request, query }: Call): Promise<Answer> {
  const configRequest = query.text('config_request_id');
  const account = query.text('account_id');
  const kind = query.oneOf('resource_kind', RESOURCE_KINDS) ?? 'instance';
  const named = query.text('service_instance_crn');
  const group = query.text('resource_group_id');
  query.page(100, 5_000);
  query.end();
  const project = await perform(request, readProject, undefined);
  const crn = instanceCrn({ ...request.instance, id: project.id });
  const asked = named === undefined || named === crn;
  return {
    status: 200,
    body: {
      account_id: account,
      service_name: 'kms',
      resource_kind: kind,
      config_request_id: configRequest,
      timestamp: new Date(request.kms.clock.now()).toISOString(),
      config_state: asked
        ? [
            {
              resource_crn: crn,
              resource_group_id: group,
              additional_target_attributes: {
                resource_id: project.id,
                location: request.instance.region,
                instance_id: project.id,
              },
              current_config: [],
            },
          ]
        : [],
    },
  };
}

async function serveEndpoints({ request, query }: Call): Promise<Answer> {
  query.end();
  await perform(request, readProject, undefined);
  return { status: 200, body: { kms: { public: request.url, private: request.url } } };
}

export const ENDPOINT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/governance/v1/configs',
    failed: 'Configurations could not be retrieved',
    instance: 'none',
    serve: serveConfigs,
  },
  {
    method: 'GET',
    path: '/crypto_v2/instances/:instance',
    failed: 'The endpoints could not be retrieved',
    instance: 'inPath',
    serve: serveEndpoints,
  },
];
