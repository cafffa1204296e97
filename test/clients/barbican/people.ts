// The users that the suites of Barbican and of its tempest plugin log in as: administrators, and one for each role in two projects.

import { administrator, type CloudLogin } from '../openstack/administrator.ts';

export interface Person {
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly role: string;
}

/** Where Barbican's suite is told no other password, it uses this one. */
const PASSWORD = 'barbican';

const person = (username: string, projectName: string, role: string): Person => ({
  username,
  projectName,
  role,
  password: PASSWORD,
});

export const SUITE_ADMIN = person('suite-admin', 'admin', 'admin');
export const SERVICE_ADMIN = person('service-admin', 'service', 'key-manager:service-admin');
export const CREATORS = ['project_a', 'project_b'].map(name => person(`${name}_creator`, name, 'creator'));

const PEOPLE: readonly Person[] = [
  SUITE_ADMIN,
  SERVICE_ADMIN,
  ...CREATORS,
  person('project_a_creator_2', 'project_a', 'creator'),
  ...['project_a', 'project_b'].flatMap(name => [
    person(`${name}_admin`, name, 'admin'),
    person(`${name}_observer`, name, 'observer'),
    person(`${name}_auditor`, name, 'audit'),
  ]),
];

/** Makes them with their projects, as the administrator that logs in. */
export async function makePeople(login: CloudLogin): Promise<void> {
  const { ask } = administrator(login);
  const projects = new Map<string, string>();
  for (const { username: name, password, projectName, role } of PEOPLE) {
    const project =
      projects.get(projectName) ?? (await ask('POST', '/projects', { project: { name: projectName } }));
    projects.set(projectName, project);
    const user = await ask('POST', '/users', { user: { name, password } });
    await ask('PUT', `/projects/${project}/users/${user}/roles/${role}`);
  }
}
