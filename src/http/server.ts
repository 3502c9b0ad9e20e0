import fastify from 'fastify';
import type { FastifyError } from 'fastify';
import type { Db } from '../db/client.ts';
import type { InNetworks } from '../lib/networks.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import type { WorkerMetrics } from '../worker/metrics.ts';
import { listUnwatched } from '../worker/health-store.ts';
import { OVERVIEW_POLICY, renderOverview } from './overview.ts';
import type { TrialHint } from './overview.ts';
import { createOverviewReader } from './overview-store.ts';
import { addFormParser, addMultipartParser } from './forms.ts';
import { addPasswordRoutes } from './password-routes.ts';
import { addUnsubscribeRoutes } from './unsubscribe-routes.ts';

export interface WebDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
  readonly trial: TrialHint | null;
  readonly host: string;
  readonly port: number;
  /**
   * Whose word about where a request comes from is believed: a proxy's. The overview asks the connection itself as well.
   */
  readonly isTrustedProxy: InNetworks;
}

export interface WebServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Until there are accounts, pages with the desk's mail are for this machine alone. */
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
};

/** Health for machines, an overview for people, and the pages behind the links in our mail. */
export async function startWeb({
  db,
  keys,
  log,
  metrics,
  trial,
  host,
  port,
  isTrustedProxy,
}: WebDeps): Promise<WebServer> {
  const server = fastify({ logger: false, bodyLimit: 1024, requestTimeout: 10_000, trustProxy: isTrustedProxy });
  server.addHook('onSend', async (_, reply) => void reply.headers(SAFE_HEADERS));
  server.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).type('text/plain').send('That request cannot be understood.\n');
    log.error('web.failed', { path: request.routeOptions.url, err: error });
    return reply.code(500).type('text/plain').send('Something went wrong; the log says what.\n');
  });
  server.setNotFoundHandler(async (_, reply) => reply.code(404).type('text/plain').send('There is no such page.\n'));

  const readOverview = createOverviewReader(db, trial);

  server.get('/healthz', async (_, reply) => {
    try {
      await listUnwatched(db);
      return await reply.type('text/plain').send('ok\n');
    } catch (error) {
      log.warn('health.database', { err: error });
      return reply.code(503).type('text/plain').send('the database cannot be reached\n');
    }
  });
  server.get('/readyz', async (_, reply) => {
    const unwatched = await listUnwatched(db);
    return unwatched.length === 0
      ? reply.type('text/plain').send('ready\n')
      : reply
          .code(503)
          .type('text/plain')
          .send(`not being watched: ${unwatched.join(', ')}\n`);
  });
  server.get('/metrics', async (_, reply) => {
    const { contentType, text } = await metrics.render();
    return reply.type(contentType).send(text);
  });
  server.get('/', async (request, reply) => {
    const isHere = [request.ip, request.socket.remoteAddress ?? ''].every((ip) => LOOPBACK_ADDRESS.test(ip));
    if (!isHere || !LOOPBACK_HOST.test(request.headers.host ?? '')) {
      return reply
        .code(403)
        .type('text/plain')
        .send('The overview asks for no login, so it answers to this machine only: open it on http://localhost.\n');
    }
    const page = renderOverview(await readOverview());
    return reply.header('content-security-policy', OVERVIEW_POLICY).type('text/html; charset=utf-8').send(page);
  });

  addFormParser(server);
  server.register(async (scope) => addPasswordRoutes(scope, { db, log }));
  server.register(async (scope) => {
    addMultipartParser(scope);
    addUnsubscribeRoutes(scope, { db, keys, log });
  });

  const url = await server.listen({ host, port });
  return { url, close: () => server.close() };
}
