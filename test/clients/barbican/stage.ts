// What the suites of Barbican's clients share: a whole server as a first start leaves it, somebody who logs in at an identity service, and a
// directory to run programs in.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SettingTexts } from '../../../src/server/settings.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type CloudLogin, loginOf } from '../openstack/administrator.ts';

export interface BarbicanStage {
  readonly keyhold: TestKeyhold;
  /** Of the first user, where the identity service is the server's own. */
  readonly login: CloudLogin;
  readonly folder: string;
  /** Writes a file into the folder for the owner alone, and gives its path. */
  file(name: string, text: string): string;
  /** Of a program that runs as somebody, in the folder and with nothing of this process's environment but the path. */
  environmentOf(login: CloudLogin): Environment;
  stop(): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export async function startStage(settings: SettingTexts = {}): Promise<BarbicanStage> {
  const keyhold = await startKeyhold({ settings });
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-barbican-'));
  return {
    keyhold,
    get login() {
      return loginOf(keyhold);
    },
    folder,
    file(name, text) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    environmentOf: ({ authUrl, username, password, projectName }) => ({
      PATH: process.env.PATH,
      HOME: folder,
      BARBICAN_URL: keyhold.url,
      OS_AUTH_URL: authUrl,
      OS_USERNAME: username,
      OS_PASSWORD: password,
      OS_PROJECT_NAME: projectName,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_IDENTITY_API_VERSION: '3',
    }),
    async stop() {
      await keyhold.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The text of a file in the manner of OpenStack: sections with their options. */
export function iniOf(sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  return Object.entries(sections)
    .map(([name, options]) => {
      const lines = Object.entries(options).map(([option, value]) => `${option} = ${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}
