import type { TicketStatus } from '../db/schema/tickets.ts';

/** What may happen to a ticket's status. */
export type TicketChange = 'contact_replied' | 'agent_replied' | 'pend' | 'resolve' | 'close' | 'reopen';

/** Which status a change leads to; null: it may not happen there. */
export const TRANSITIONS: Readonly<Record<TicketStatus, Readonly<Record<TicketChange, TicketStatus | null>>>> = {
  open: {
    contact_replied: 'open',
    agent_replied: 'open',
    pend: 'pending',
    resolve: 'resolved',
    close: 'closed',
    reopen: null,
  },
  pending: {
    contact_replied: 'open',
    agent_replied: 'pending',
    pend: null,
    resolve: 'resolved',
    close: 'closed',
    reopen: 'open',
  },
  resolved: {
    contact_replied: 'open',
    agent_replied: 'resolved',
    pend: 'pending',
    resolve: null,
    close: 'closed',
    reopen: 'open',
  },
  closed: { contact_replied: 'open', agent_replied: 'closed', pend: null, resolve: null, close: null, reopen: 'open' },
};
