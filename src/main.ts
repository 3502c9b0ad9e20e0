import { readConfig } from './config.ts';
import { serve } from './serve.ts';

const config = readConfig();
if (!config.ok) throw new Error(config.error.join('\n'));
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
await serve({ config: config.value, print: console.log, withWeb: true, signal: stop.signal });
