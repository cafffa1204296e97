// Brings real clients, where they are not there yet: packages of the distribution as it has them, Python packages at exact versions into an
// environment of their own in the temporary directory, where the next run finds them.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALL_MS_MAX = 600_000;
const COMPILE_MS_MAX = 60_000;
const TURN_FILE = join(tmpdir(), 'keyhold-clients-apt-get.lock');

/** Suites run side by side, and apt-get fails where another one is at work: each waits for its turn. */
export function install(command: string, ...args: readonly string[]): void {
  const turn = command === 'apt-get' ? ['flock', TURN_FILE] : [];
  const [program = command, ...rest] = [...turn, command, ...args];
  execFileSync(program, rest, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_MS_MAX,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The Python that packages of the distribution are for. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

/** Packages of the distribution, in the version that it has. */
export function installDebian(...packages: readonly string[]): void {
  const { status } = spawnSync('dpkg', ['--status', ...packages], { stdio: 'ignore' });
  if (status === 0) return;
  install('apt-get', 'update', '-qq');
  install('apt-get', 'install', '-qq', '-y', '--no-install-recommends', ...packages);
}

/** Runs the C compiler that is there; without one, that of the distribution. */
export function compileC(...args: readonly string[]): void {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
  } catch {
    installDebian('gcc', 'libc6-dev');
  }
  execFileSync('cc', args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: COMPILE_MS_MAX });
}

/** The path of a Python that has the packages, by name and version. The first of them gives the environment its name. */
export function installPython(packages: Readonly<Record<string, string>>): string {
  const [name = '', version = ''] = Object.entries(packages)[0] ?? [];
  const environment = join(tmpdir(), `keyhold-clients-${name}-${version}`);
  const python = join(environment, 'bin', 'python');
  if (!existsSync(join(environment, 'complete'))) {
    const pinned = Object.entries(packages).map(([each, at]) => `${each}==${at}`);
    install('python3', '-m', 'venv', environment);
    install(python, '-m', 'pip', 'install', '--quiet', ...pinned);
    install('touch', join(environment, 'complete'));
  }
  return python;
}

/**
 * The folder with the source of a Python package, in the temporary directory: of its releases' suites, which no installed package has.
 * `only` names the one folder of it that is wanted.
 */
export function pythonSource(name: string, version: string, only = ''): string {
  const folder = join(tmpdir(), `keyhold-clients-${name.toLowerCase()}-${version}-source`);
  const release = `${name}-${version}`;
  if (!existsSync(join(folder, 'complete'))) {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', ':all:'];
    install('python3', ...pip, '--dest', folder, `${name}==${version}`);
    const archive = join(folder, `${release}.tar.gz`);
    install('tar', '--extract', '--gzip', '--file', archive, '--directory', folder, join(release, only));
    install('touch', join(folder, 'complete'));
  }
  return join(folder, release);
}
