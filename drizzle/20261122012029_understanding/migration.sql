CREATE TABLE "mail_rhythms" (
	"address_key" text PRIMARY KEY,
	"rounds" integer NOT NULL,
	"last_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ticket_links" (
	"ticket_id" bigint,
	"other_id" bigint,
	"kind" text,
	CONSTRAINT "ticket_links_pkey" PRIMARY KEY("ticket_id","other_id","kind"),
	CONSTRAINT "ticket_links_kind" CHECK ("kind" in ('continues', 'may_belong_to', 'came_from'))
);
--> statement-breakpoint
ALTER TABLE "message_identities" ADD COLUMN "repeat_key" bytea;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD COLUMN "waits" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD COLUMN "released" jsonb;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "has_plus_addresses" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "authentication" text DEFAULT 'check' NOT NULL;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "authserv_ids" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "ticket_entries" ADD COLUMN "addressed" jsonb;--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "merged_into_id" bigint;--> statement-breakpoint
DROP INDEX "inbound_messages_waiting";--> statement-breakpoint
CREATE INDEX "inbound_messages_waiting" ON "inbound_messages" ("mailbox_id","id") WHERE status = 'received' and waits = 0;--> statement-breakpoint
CREATE INDEX "message_identities_repeat" ON "message_identities" ("repeat_key","inbound_id");--> statement-breakpoint
CREATE INDEX "inbound_messages_aside" ON "inbound_messages" ("mailbox_id","next_attempt_at") WHERE status = 'received' and waits > 0;--> statement-breakpoint
CREATE INDEX "ticket_entries_airlock" ON "ticket_entries" ("id") WHERE visibility = 'operators_until_admitted';--> statement-breakpoint
CREATE INDEX "ticket_links_other" ON "ticket_links" ("other_id");--> statement-breakpoint
CREATE INDEX "tickets_merged" ON "tickets" ("merged_into_id") WHERE merged_into_id is not null;--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_other_id_tickets_id_fkey" FOREIGN KEY ("other_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_merged_into_id_tickets_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_authentication" CHECK ("authentication" in ('check', 'off'));--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_merged_closed" CHECK (merged_into_id is null or status = 'closed');--> statement-breakpoint
ALTER TABLE "ticket_entries" DROP CONSTRAINT "ticket_entries_source", ADD CONSTRAINT "ticket_entries_source" CHECK (case kind when 'mail' then inbound_id is not null when 'reply' then true else inbound_id is null end);