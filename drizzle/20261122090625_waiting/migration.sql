DROP INDEX "inbound_messages_waiting";--> statement-breakpoint
CREATE INDEX "inbound_messages_waiting" ON "inbound_messages" ("mailbox_id",("id" + 0)) WHERE status = 'received' and waits = 0;