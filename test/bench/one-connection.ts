import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { parseAddress } from '../../src/mail/address.ts';
import { composeMail } from './parts/compose.ts';
import { renderAcknowledgement } from './parts/acknowledgement.ts';

/** Messages a second over one connection of the product's transport, one behind the other. */
export async function measureOneConnection(sinkPort: number, count: number, signal: AbortSignal): Promise<number> {
  const route = openSmtpRoute(
    { host: '127.0.0.1', port: sinkPort, security: 'none', login: null, caPem: null, ehloName: 'desk.test' },
    { maxConnections: 1 },
  );
  const envelopeTo = parseAddress('ana@customer.example');
  if (envelopeTo === null) throw new Error('the address of the bench is none');
  const bytes = await composeMail(renderAcknowledgement(1), 1);
  const before = performance.now();
  for (let sent = 0; sent < count; sent += 1) {
    signal.throwIfAborted();
    const outcome = await route.send({ envelopeFrom: '', envelopeTo, bytes }, () => Promise.resolve(), signal);
    if (outcome.is !== 'accepted') throw new Error(`the sink did not take a message: ${outcome.text}`);
  }
  const seconds = (performance.now() - before) / 1_000;
  await route.close();
  return count / seconds;
}
