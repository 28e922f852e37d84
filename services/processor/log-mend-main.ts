import { readConfig } from './config.ts';
import { mendLog } from './mend/mend-log.ts';
import { openToolContext } from './tool-context.ts';

// Behind `culprit log-mend`: exit code 0 when the log fits the positions, now or before.
const config = readConfig();
if (config.log.mode !== 'lmdb') {
  process.stderr.write('Only the embedded log is mended by this: Kafka keeps its own offsets.\n');
  process.exit(1);
}
const { folder } = config.log;
const tools = await openToolContext('log-mend');
try {
  const isMended = await mendLog(
    tools.log,
    { folder, onProgress: (message) => process.stdout.write(`${message}\n`) },
    tools.context,
  );
  if (!isMended) process.stdout.write('The log fits the positions: nothing to mend.\n');
} finally {
  await tools.close();
}
