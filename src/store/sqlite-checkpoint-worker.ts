// The thread that copies the write-ahead log into the database file: the one slow thing about SQLite, kept off the main thread.
// It answers each message with the frames in the log and the frames copied, or with the error.

import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../base/assert.ts';

const port = must(parentPort, 'the checkpoint thread was started as one');
const database = new DatabaseSync(String(workerData));
// The log is synced before anything of it is copied, and the database file before the log is used anew.
database.exec('PRAGMA synchronous = NORMAL');
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');

port.on('message', () => {
  try {
    const { log, checkpointed } = must(checkpoint.get(), 'a checkpoint answers with a row');
    port.postMessage({ log, checkpointed });
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
    port.postMessage({ error: String(error), errcode: code });
  }
});
