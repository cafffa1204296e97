// Our own log, for operators: JSON lines on standard error. Fields pass an allow-list, so that a careless call cannot spill a body, a
// token or a whole object; causes are reduced to name, message and stack of errors that are ours or the runtime's.

import { destination, type Logger as PinoLogger, pino } from 'pino';

/** The fields that a line may have, with what they are. Anything else is dropped. */
const FIELDS = {
  requestId: 'of the request',
  protocol: 'label of the wire protocol',
  operation: 'name of the core operation',
  code: 'error code',
  status: 'HTTP status',
  durationMs: 'time taken',
  keyId: 'a key',
  projectId: 'a project',
  count: 'how many',
  url: 'an address of this server',
  setting: 'name of a setting',
  file: 'a path on this machine',
  signal: 'a process signal',
  version: 'of the software',
} as const;

export type LogFields = Readonly<Partial<Record<keyof typeof FIELDS, string | number | undefined>>>;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields, cause?: unknown): void;
}

export function createLogger(level: LogLevel): Logger {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    destination({ dest: 2, sync: true }),
  );
  return { log: (lineLevel, message, fields, cause) => writeLine(lines, lineLevel, message, fields, cause) };
}

export const SILENT_LOGGER: Logger = { log: () => undefined };

function writeLine(
  lines: PinoLogger,
  level: LogLevel,
  message: string,
  fields: LogFields = {},
  cause?: unknown,
): void {
  const allowed: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(FIELDS, name) && value !== undefined) allowed[name] = value;
  }
  lines[level]({ ...allowed, ...(cause === undefined ? {} : { causes: describeCauses(cause) }) }, message);
}

/** At most five errors deep: what went wrong and where, without the properties that libraries hang on errors. */
function describeCauses(cause: unknown): readonly string[] {
  const texts: string[] = [];
  for (
    let error = cause;
    error !== undefined && texts.length < 5;
    error = error instanceof Error ? error.cause : undefined
  ) {
    texts.push(error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : typeof error);
  }
  return texts;
}
