import { readConfig } from '../../src/config.ts';
import { serve } from '../../src/serve.ts';

// The product as production runs it: configured by its environment, ended by SIGTERM.
const config = readConfig();
if (!config.ok) throw new Error(config.error.join('\n'));
const stop = new AbortController();
// Ctrl-C reaches the whole group: the bench decides when its desk ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => stop.abort());
process.on('disconnect', () => process.exit());
await serve({ config: config.value, print: () => {}, withWeb: true, signal: stop.signal });
process.disconnect();
