CREATE TABLE "mutes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mutes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"contact_id" bigint,
	"address" text,
	"ticket_id" bigint,
	"source" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mutes_who" CHECK (num_nonnulls(contact_id, address) = 1),
	CONSTRAINT "mutes_source" CHECK ("source" in ('one_click', 'page', 'mail', 'operator'))
);
--> statement-breakpoint
CREATE TABLE "template_versions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "template_versions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"locale" text NOT NULL,
	"version" integer NOT NULL,
	"subject" text NOT NULL,
	"text" text NOT NULL,
	"html" text NOT NULL,
	"author" text NOT NULL,
	"is_active" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "template_versions_version" UNIQUE("kind","locale","version")
);
--> statement-breakpoint
ALTER TABLE "operators" ADD COLUMN "locale" text;--> statement-breakpoint
ALTER TABLE "operators" ADD COLUMN "hears_of_tickets" text DEFAULT 'team' NOT NULL;--> statement-breakpoint
ALTER TABLE "operators" ADD COLUMN "hears_of_replies" text DEFAULT 'mine' NOT NULL;--> statement-breakpoint
ALTER TABLE "operators" ADD COLUMN "hears_of_alarms" text DEFAULT 'on' NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "payload" jsonb;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "locale" text DEFAULT 'en' NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "folded_into" bigint;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "may_quote_notes" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "told_trouble" text;--> statement-breakpoint
CREATE UNIQUE INDEX "mutes_contact" ON "mutes" ("contact_id",coalesce("ticket_id", 0)) WHERE contact_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "mutes_address" ON "mutes" ("address",coalesce("ticket_id", 0)) WHERE address is not null;--> statement-breakpoint
CREATE INDEX "notifications_folded" ON "notifications" ("recipient","id") WHERE state = 'folded' and folded_into is null;--> statement-breakpoint
CREATE INDEX "notifications_digest" ON "notifications" ("folded_into") WHERE folded_into is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "template_versions_active" ON "template_versions" ("kind","locale") WHERE is_active;--> statement-breakpoint
ALTER TABLE "mutes" ADD CONSTRAINT "mutes_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "mutes" ADD CONSTRAINT "mutes_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_folded_into_notifications_id_fkey" FOREIGN KEY ("folded_into") REFERENCES "notifications"("id");--> statement-breakpoint
ALTER TABLE "operators" ADD CONSTRAINT "operators_hears_of_tickets" CHECK ("hears_of_tickets" in ('all', 'team', 'none'));--> statement-breakpoint
ALTER TABLE "operators" ADD CONSTRAINT "operators_hears_of_replies" CHECK ("hears_of_replies" in ('all', 'mine', 'none'));--> statement-breakpoint
ALTER TABLE "operators" ADD CONSTRAINT "operators_hears_of_alarms" CHECK ("hears_of_alarms" in ('on', 'off'));--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_told_trouble" CHECK ("told_trouble" in ('delayed', 'failed'));--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_state", ADD CONSTRAINT "notifications_state" CHECK ("state" in ('queued', 'sending', 'submitting', 'sent', 'deferred', 'failed', 'uncertain', 'suppressed', 'folded', 'cancelled', 'bounced'));