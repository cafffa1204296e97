// A process for tests: restores a backup and kills itself at a step. Arguments: file, store, data directory, step, rows at least.

import { restoreBackup } from '../../src/server/backup/restore.ts';
import { PARTS, settingsOf } from './backup-subject.ts';

const [file = '', store = '', dataDir = '', fatalStep, fatalRows] = process.argv.slice(2);
const settings = settingsOf({ store, dataDir });
await restoreBackup(
  {
    file,
    settings,
    onProgress({ step, rows }) {
      if (step === fatalStep && rows >= Number(fatalRows)) process.kill(process.pid, 'SIGKILL');
    },
  },
  PARTS,
);
