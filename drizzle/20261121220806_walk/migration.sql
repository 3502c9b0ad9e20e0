CREATE SEQUENCE "public"."ticket_numbers" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1001 CACHE 1;--> statement-breakpoint
CREATE TABLE "audit_rows" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_rows_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	"operation" text NOT NULL,
	"input" jsonb NOT NULL,
	"outcome" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "operators" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "operators_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"address" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "operators_role" CHECK ("role" in ('admin', 'agent', 'read_only'))
);
--> statement-breakpoint
CREATE TABLE "blob_chunks" (
	"sha256" bytea,
	"position" integer,
	"bytes" bytea NOT NULL,
	CONSTRAINT "blob_chunks_pkey" PRIMARY KEY("sha256","position")
);
--> statement-breakpoint
CREATE TABLE "blobs" (
	"sha256" bytea PRIMARY KEY,
	"size_bytes" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contact_addresses" (
	"address" text PRIMARY KEY,
	"contact_id" bigint NOT NULL,
	"is_primary" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "contacts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"customer_id" bigint NOT NULL,
	"first_name" text DEFAULT '' NOT NULL,
	"last_name" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"deactivated_until" timestamp with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contacts_status" CHECK ("status" in ('active', 'deactivated', 'deactivated_until')),
	CONSTRAINT "contacts_until" CHECK ((status = 'deactivated_until') = (deactivated_until is not null))
);
--> statement-breakpoint
CREATE TABLE "customer_domains" (
	"domain" text PRIMARY KEY,
	"customer_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "customers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"is_unassigned" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tombstones" (
	"address_hash" bytea PRIMARY KEY,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"inbound_id" bigint PRIMARY KEY,
	"rule" text NOT NULL,
	"facts" jsonb NOT NULL,
	"trace" jsonb NOT NULL,
	"decided_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_identities" (
	"content_key" bytea PRIMARY KEY,
	"inbound_id" bigint NOT NULL,
	"message_id_hash" bytea,
	"ticket_id" bigint
);
--> statement-breakpoint
CREATE TABLE "inbound_messages" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "inbound_messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"mailbox_id" bigint NOT NULL,
	"folder_id" bigint NOT NULL,
	"uid" bigint NOT NULL,
	"epoch" bigint NOT NULL,
	"content_key" bytea NOT NULL,
	"message_id_hash" bytea,
	"raw_sha256" bytea NOT NULL,
	"size_bytes" bigint NOT NULL,
	"is_headers_only" boolean DEFAULT false NOT NULL,
	"internal_date" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"status" text DEFAULT 'received' NOT NULL,
	"verdict" text,
	"rule" text,
	"reason" text,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone,
	"duplicate_of" bigint,
	"ticket_id" bigint,
	"entry_id" bigint,
	CONSTRAINT "inbound_messages_delivery" UNIQUE("folder_id","uid"),
	CONSTRAINT "inbound_messages_status" CHECK ("status" in ('received', 'done', 'held', 'quarantined')),
	CONSTRAINT "inbound_messages_verdict" CHECK ("verdict" in ('opened', 'appended', 'airlocked', 'bounce_recorded', 'report_recorded', 'duplicate', 'own', 'canary', 'ignored')),
	CONSTRAINT "inbound_messages_state" CHECK ((status = 'received' and verdict is null and reason is null)
        or (status = 'done' and verdict is not null and reason is null and done_at is not null)
        or (status in ('held', 'quarantined') and verdict is null and reason is not null and done_at is not null))
);
--> statement-breakpoint
CREATE TABLE "mailbox_folders" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mailbox_folders_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"mailbox_id" bigint NOT NULL,
	"folder" text NOT NULL,
	"uid_validity" bigint NOT NULL,
	"baseline_uid" bigint NOT NULL,
	"inherited_below_uid" bigint DEFAULT 0 NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_through_uid" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "mailbox_folders_generation" UNIQUE("mailbox_id","folder","uid_validity")
);
--> statement-breakpoint
CREATE TABLE "mailbox_gaps" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mailbox_gaps_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"folder_id" bigint NOT NULL,
	"uid" bigint NOT NULL,
	"kind" text NOT NULL,
	"noted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mailbox_gaps_delivery" UNIQUE("folder_id","uid"),
	CONSTRAINT "mailbox_gaps_kind" CHECK ("kind" in ('vanished', 'unfetchable', 'before_baseline'))
);
--> statement-breakpoint
CREATE TABLE "mailbox_health" (
	"mailbox_id" bigint PRIMARY KEY,
	"state" text NOT NULL,
	"reason" text,
	"advice" text,
	"changed_at" timestamp with time zone NOT NULL,
	"checked_at" timestamp with time zone,
	"server_count" integer,
	"unaccounted_count" integer,
	CONSTRAINT "mailbox_health_state" CHECK ("state" in ('connecting', 'watching', 'trouble'))
);
--> statement-breakpoint
CREATE TABLE "mailbox_leases" (
	"mailbox_id" bigint PRIMARY KEY,
	"holder" text NOT NULL,
	"epoch" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mailboxes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mailboxes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"address" text NOT NULL,
	"display_name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"imap" jsonb NOT NULL,
	"imap_secret" bytea,
	"folder" text DEFAULT 'INBOX' NOT NULL,
	"smtp" jsonb NOT NULL,
	"smtp_secret" bytea,
	"schedule" text DEFAULT '* * * * *' NOT NULL,
	"settle_mark" text DEFAULT 'keyword' NOT NULL,
	"history_start" text DEFAULT 'baseline' NOT NULL,
	"reply_domain" text NOT NULL,
	"default_customer_id" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mailboxes_status" CHECK ("status" in ('active', 'paused')),
	CONSTRAINT "mailboxes_settle_mark" CHECK ("settle_mark" in ('keyword', 'seen', 'none')),
	CONSTRAINT "mailboxes_history_start" CHECK ("history_start" in ('baseline', 'beginning'))
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"scope" text,
	"key" text,
	"level" double precision NOT NULL,
	"granted" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "budgets_pkey" PRIMARY KEY("scope","key")
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"notification_id" bigint NOT NULL,
	"outcome" text NOT NULL,
	"stage" text,
	"code" integer,
	"reply" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"ticket_id" bigint,
	"entry_id" bigint,
	"contact_id" bigint,
	"inbound_id" bigint,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_mime" (
	"notification_id" bigint PRIMARY KEY,
	"bytes" bytea NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notifications_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"public_id" uuid NOT NULL CONSTRAINT "notifications_public_id" UNIQUE,
	"message_id" text NOT NULL,
	"kind" text NOT NULL,
	"lane" smallint NOT NULL,
	"mailbox_id" bigint NOT NULL,
	"ticket_id" bigint,
	"event_id" bigint NOT NULL,
	"contact_id" bigint,
	"recipient" text NOT NULL,
	"recipient_name" text NOT NULL,
	"because" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"view" jsonb NOT NULL,
	"in_reply_to" text,
	"references" jsonb NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"resends" smallint DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"claim_token" uuid,
	"claimed_by" uuid,
	"claim_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "notifications_state" CHECK ("state" in ('queued', 'sending', 'submitting', 'sent', 'deferred', 'failed', 'uncertain', 'suppressed', 'cancelled', 'bounced')),
	CONSTRAINT "notifications_claim" CHECK ((state in ('sending', 'submitting')) = (claim_token is not null)),
	CONSTRAINT "notifications_lane" CHECK (lane between 0 and 2)
);
--> statement-breakpoint
CREATE TABLE "route_pauses" (
	"mailbox_id" bigint PRIMARY KEY,
	"until" timestamp with time zone NOT NULL,
	"failures" integer NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"address" text PRIMARY KEY,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"instance" uuid PRIMARY KEY,
	"name" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "toggle_settings" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "toggle_settings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"toggle" text NOT NULL,
	"layer" text NOT NULL,
	"layer_id" bigint DEFAULT 0 NOT NULL,
	"value" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "toggle_settings_place" UNIQUE("layer","layer_id","toggle"),
	CONSTRAINT "toggle_settings_layer" CHECK ("layer" in ('desk', 'mailbox', 'customer', 'contact'))
);
--> statement-breakpoint
CREATE TABLE "attachments" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "attachments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"entry_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"file_name" text NOT NULL,
	"content_type" text NOT NULL,
	"content_id" text,
	"is_inline" boolean NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" bytea NOT NULL,
	CONSTRAINT "attachments_place" UNIQUE("entry_id","position")
);
--> statement-breakpoint
CREATE TABLE "ticket_entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ticket_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ticket_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"visibility" text NOT NULL,
	"author" text NOT NULL,
	"author_name" text NOT NULL,
	"inbound_id" bigint CONSTRAINT "ticket_entries_inbound" UNIQUE,
	"message_id" text,
	"text" text NOT NULL,
	"html" text,
	"flags" jsonb,
	"defects" jsonb,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_entries_kind" CHECK ("kind" in ('mail', 'reply', 'note', 'status')),
	CONSTRAINT "ticket_entries_visibility" CHECK ("visibility" in ('everybody', 'operators', 'operators_until_admitted')),
	CONSTRAINT "ticket_entries_source" CHECK ((kind = 'mail') = (inbound_id is not null))
);
--> statement-breakpoint
CREATE TABLE "ticket_participants" (
	"ticket_id" bigint,
	"contact_id" bigint,
	"role" text,
	CONSTRAINT "ticket_participants_pkey" PRIMARY KEY("ticket_id","contact_id","role"),
	CONSTRAINT "ticket_participants_role" CHECK ("role" in ('requester', 'affected', 'watcher', 'cc'))
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "tickets_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"number" bigint DEFAULT nextval('ticket_numbers') NOT NULL CONSTRAINT "tickets_number" UNIQUE,
	"public_id" uuid DEFAULT gen_random_uuid() NOT NULL CONSTRAINT "tickets_public_id" UNIQUE,
	"mailbox_id" bigint NOT NULL,
	"customer_id" bigint,
	"requester_id" bigint,
	"subject" text NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp with time zone,
	CONSTRAINT "tickets_status" CHECK ("status" in ('open', 'pending', 'resolved', 'closed')),
	CONSTRAINT "tickets_closed" CHECK ((status = 'closed') = (closed_at is not null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "operators_address" ON "operators" ("address");--> statement-breakpoint
CREATE INDEX "contact_addresses_contact" ON "contact_addresses" ("contact_id");--> statement-breakpoint
CREATE UNIQUE INDEX "contact_addresses_primary" ON "contact_addresses" ("contact_id") WHERE is_primary;--> statement-breakpoint
CREATE INDEX "contacts_customer" ON "contacts" ("customer_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "customers_name" ON "customers" (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "customers_unassigned" ON "customers" ("is_unassigned") WHERE is_unassigned;--> statement-breakpoint
CREATE INDEX "message_identities_message_id" ON "message_identities" ("message_id_hash","inbound_id");--> statement-breakpoint
CREATE INDEX "inbound_messages_waiting" ON "inbound_messages" ("mailbox_id","id") WHERE status = 'received';--> statement-breakpoint
CREATE INDEX "inbound_messages_waiting_message_id" ON "inbound_messages" ("message_id_hash") WHERE status = 'received';--> statement-breakpoint
CREATE INDEX "inbound_messages_attention" ON "inbound_messages" ("status","id") WHERE status in ('held', 'quarantined');--> statement-breakpoint
CREATE INDEX "inbound_messages_twins" ON "inbound_messages" ("duplicate_of") WHERE duplicate_of is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "mailboxes_address" ON "mailboxes" ("address");--> statement-breakpoint
CREATE INDEX "deliveries_notification" ON "deliveries" ("notification_id","id");--> statement-breakpoint
CREATE INDEX "events_ticket" ON "events" ("ticket_id","id");--> statement-breakpoint
CREATE INDEX "notifications_due" ON "notifications" ("mailbox_id","lane","next_attempt_at") WHERE state in ('queued', 'deferred');--> statement-breakpoint
CREATE INDEX "notifications_claimed" ON "notifications" ("claim_until") WHERE state in ('sending', 'submitting');--> statement-breakpoint
CREATE INDEX "notifications_unsure" ON "notifications" ("next_attempt_at") WHERE state = 'uncertain';--> statement-breakpoint
CREATE INDEX "notifications_attention" ON "notifications" ("state","id") WHERE state in ('deferred', 'failed', 'uncertain', 'suppressed', 'cancelled', 'bounced');--> statement-breakpoint
CREATE INDEX "notifications_ticket" ON "notifications" ("ticket_id");--> statement-breakpoint
CREATE INDEX "ticket_entries_ticket" ON "ticket_entries" ("ticket_id","id");--> statement-breakpoint
CREATE INDEX "tickets_status" ON "tickets" ("status","id");--> statement-breakpoint
CREATE INDEX "tickets_requester" ON "tickets" ("requester_id");--> statement-breakpoint
ALTER TABLE "contact_addresses" ADD CONSTRAINT "contact_addresses_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_customer_id_customers_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "customer_domains" ADD CONSTRAINT "customer_domains_customer_id_customers_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_inbound_id_inbound_messages_id_fkey" FOREIGN KEY ("inbound_id") REFERENCES "inbound_messages"("id");--> statement-breakpoint
ALTER TABLE "message_identities" ADD CONSTRAINT "message_identities_inbound_id_inbound_messages_id_fkey" FOREIGN KEY ("inbound_id") REFERENCES "inbound_messages"("id");--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD CONSTRAINT "inbound_messages_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD CONSTRAINT "inbound_messages_folder_id_mailbox_folders_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "mailbox_folders"("id");--> statement-breakpoint
ALTER TABLE "mailbox_folders" ADD CONSTRAINT "mailbox_folders_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "mailbox_gaps" ADD CONSTRAINT "mailbox_gaps_folder_id_mailbox_folders_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "mailbox_folders"("id");--> statement-breakpoint
ALTER TABLE "mailbox_health" ADD CONSTRAINT "mailbox_health_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "mailbox_leases" ADD CONSTRAINT "mailbox_leases_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_default_customer_id_customers_id_fkey" FOREIGN KEY ("default_customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_notification_id_notifications_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id");--> statement-breakpoint
ALTER TABLE "notification_mime" ADD CONSTRAINT "notification_mime_notification_id_notifications_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_event_id_events_id_fkey" FOREIGN KEY ("event_id") REFERENCES "events"("id");--> statement-breakpoint
ALTER TABLE "route_pauses" ADD CONSTRAINT "route_pauses_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_entry_id_ticket_entries_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "ticket_entries"("id");--> statement-breakpoint
ALTER TABLE "ticket_entries" ADD CONSTRAINT "ticket_entries_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "ticket_entries" ADD CONSTRAINT "ticket_entries_inbound_id_inbound_messages_id_fkey" FOREIGN KEY ("inbound_id") REFERENCES "inbound_messages"("id");--> statement-breakpoint
ALTER TABLE "ticket_participants" ADD CONSTRAINT "ticket_participants_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "ticket_participants" ADD CONSTRAINT "ticket_participants_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_mailbox_id_mailboxes_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailboxes"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_customer_id_customers_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_requester_id_contacts_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "contacts"("id");