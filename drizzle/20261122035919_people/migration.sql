CREATE TABLE "api_tokens" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_tokens_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"operator_id" bigint NOT NULL,
	"name" text NOT NULL,
	"token_hash" bytea NOT NULL CONSTRAINT "api_tokens_hash" UNIQUE,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "team_members" (
	"team_id" bigint,
	"operator_id" bigint,
	CONSTRAINT "team_members_pkey" PRIMARY KEY("team_id","operator_id")
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "teams_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "password_links" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "password_links_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"token_hash" bytea NOT NULL CONSTRAINT "password_links_hash" UNIQUE,
	"contact_id" bigint NOT NULL,
	"address" text NOT NULL,
	"purpose" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "password_links_hash_length" CHECK (octet_length(token_hash) = 32),
	CONSTRAINT "password_links_end" CHECK (used_at is null or revoked_at is null),
	CONSTRAINT "password_links_purpose" CHECK ("purpose" in ('invite', 'reset'))
);
--> statement-breakpoint
CREATE TABLE "portal_accounts" (
	"contact_id" bigint PRIMARY KEY,
	"password_hash" text NOT NULL,
	"mailed_to" text,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "portal_accounts_hash" CHECK (password_hash like '$argon2id$%')
);
--> statement-breakpoint
CREATE TABLE "custom_fields" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "custom_fields_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"owner" text NOT NULL,
	"key" text NOT NULL,
	"label" text NOT NULL,
	"kind" text NOT NULL,
	"choices" jsonb DEFAULT '[]' NOT NULL,
	"is_required" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "custom_fields_key" UNIQUE("owner","key"),
	CONSTRAINT "custom_fields_owner" CHECK ("owner" in ('customer', 'contact')),
	CONSTRAINT "custom_fields_kind" CHECK ("kind" in ('text', 'number', 'date', 'choice', 'checkbox')),
	CONSTRAINT "custom_fields_choices" CHECK ((kind = 'choice') = (jsonb_array_length(choices) > 0))
);
--> statement-breakpoint
CREATE TABLE "departments" (
	"name" text PRIMARY KEY
);
--> statement-breakpoint
CREATE TABLE "group_addresses" (
	"group_id" bigint,
	"address" text,
	CONSTRAINT "group_addresses_pkey" PRIMARY KEY("group_id","address")
);
--> statement-breakpoint
CREATE TABLE "group_contacts" (
	"group_id" bigint,
	"contact_id" bigint,
	CONSTRAINT "group_contacts_pkey" PRIMARY KEY("group_id","contact_id")
);
--> statement-breakpoint
CREATE TABLE "notification_groups" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notification_groups_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"customer_id" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contact_dismissals" (
	"contact_id" bigint,
	"other_id" bigint,
	"dismissed_by" text NOT NULL,
	"dismissed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contact_dismissals_pkey" PRIMARY KEY("contact_id","other_id"),
	CONSTRAINT "contact_dismissals_order" CHECK (contact_id < other_id)
);
--> statement-breakpoint
CREATE TABLE "contact_merges" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "contact_merges_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"contact_id" bigint NOT NULL,
	"into_id" bigint NOT NULL,
	"evidence" jsonb NOT NULL,
	"merged_by" text NOT NULL,
	"merged_at" timestamp with time zone DEFAULT now() NOT NULL,
	"undone_by" text,
	"undone_at" timestamp with time zone,
	CONSTRAINT "contact_merges_undone" CHECK ((undone_at is null) = (undone_by is null))
);
--> statement-breakpoint
CREATE TABLE "retention_sweeps" (
	"kind" text PRIMARY KEY,
	"through_id" bigint DEFAULT 0 NOT NULL,
	"forgotten" bigint DEFAULT 0 NOT NULL,
	"swept_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "ticket_addresses" (
	"ticket_id" bigint,
	"address" text,
	CONSTRAINT "ticket_addresses_pkey" PRIMARY KEY("ticket_id","address")
);
--> statement-breakpoint
CREATE TABLE "ticket_groups" (
	"ticket_id" bigint,
	"group_id" bigint,
	CONSTRAINT "ticket_groups_pkey" PRIMARY KEY("ticket_id","group_id")
);
--> statement-breakpoint
ALTER TABLE "audit_rows" ADD COLUMN "token_id" bigint;--> statement-breakpoint
ALTER TABLE "audit_rows" ADD COLUMN "changes" jsonb;--> statement-breakpoint
ALTER TABLE "operators" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "contact_addresses" ADD COLUMN "verified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "contact_addresses" ADD COLUMN "verified_by" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "title" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "user_name" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "phone" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "mobile" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "fax" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "department" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "job_title" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "street" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "zip" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "city" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "country" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "locale" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "comment" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "custom" jsonb DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "related_devices" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "picture_sha256" bytea;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "picture_type" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "is_main_site_user" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "merged_into_id" bigint;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "search" text GENERATED ALWAYS AS (lower(first_name || ' ' || last_name || ' ' || coalesce(user_name, '') || ' ' || phone || ' ' || mobile)) STORED;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "main_contact_id" bigint;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "locale" text;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "comment" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "custom" jsonb DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD COLUMN "raw_gone_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD COLUMN "decision_gone_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "team_id" bigint;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "limited_by" jsonb;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "credential" text;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "secret" bytea;--> statement-breakpoint
ALTER TABLE "attachments" ADD COLUMN "gone_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "assignee_id" bigint;--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "team_id" bigint;--> statement-breakpoint
CREATE INDEX "api_tokens_operator" ON "api_tokens" ("operator_id");--> statement-breakpoint
CREATE INDEX "audit_rows_actor" ON "audit_rows" ("actor","id");--> statement-breakpoint
CREATE INDEX "audit_rows_operation" ON "audit_rows" ("operation","id");--> statement-breakpoint
CREATE INDEX "audit_rows_at" ON "audit_rows" ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "teams_name" ON "teams" (lower("name"));--> statement-breakpoint
CREATE INDEX "password_links_contact" ON "password_links" ("contact_id");--> statement-breakpoint
CREATE INDEX "password_links_address" ON "password_links" ("address") WHERE used_at is null and revoked_at is null;--> statement-breakpoint
CREATE INDEX "contact_addresses_search" ON "contact_addresses" USING gin ("address" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "contacts_merged" ON "contacts" ("merged_into_id") WHERE merged_into_id is not null;--> statement-breakpoint
CREATE INDEX "contacts_search" ON "contacts" USING gin ("search" gin_trgm_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "contacts_user_name" ON "contacts" (lower("user_name")) WHERE user_name is not null;--> statement-breakpoint
CREATE INDEX "customers_search" ON "customers" USING gin (lower("name") gin_trgm_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "departments_name" ON "departments" (lower("name"));--> statement-breakpoint
CREATE INDEX "group_contacts_contact" ON "group_contacts" ("contact_id");--> statement-breakpoint
CREATE UNIQUE INDEX "notification_groups_name" ON "notification_groups" (coalesce("customer_id", 0),lower("name"));--> statement-breakpoint
CREATE INDEX "inbound_messages_raw" ON "inbound_messages" USING hash ("raw_sha256");--> statement-breakpoint
CREATE INDEX "contact_dismissals_other" ON "contact_dismissals" ("other_id");--> statement-breakpoint
CREATE UNIQUE INDEX "contact_merges_standing" ON "contact_merges" ("contact_id") WHERE undone_at is null;--> statement-breakpoint
CREATE INDEX "contact_merges_into" ON "contact_merges" ("into_id");--> statement-breakpoint
CREATE INDEX "attachments_sha256" ON "attachments" USING hash ("sha256");--> statement-breakpoint
CREATE INDEX "ticket_groups_group" ON "ticket_groups" ("group_id");--> statement-breakpoint
CREATE INDEX "ticket_participants_contact" ON "ticket_participants" ("contact_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_participants_one" ON "ticket_participants" ("ticket_id","role") WHERE role in ('requester', 'affected');--> statement-breakpoint
CREATE INDEX "tickets_customer" ON "tickets" ("customer_id","id");--> statement-breakpoint
CREATE INDEX "tickets_assignee" ON "tickets" ("assignee_id","id") WHERE assignee_id is not null;--> statement-breakpoint
CREATE INDEX "tickets_team" ON "tickets" ("team_id","id") WHERE team_id is not null;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_operator_id_operators_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id");--> statement-breakpoint
ALTER TABLE "audit_rows" ADD CONSTRAINT "audit_rows_token_id_api_tokens_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_tokens"("id");--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_team_id_teams_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_operator_id_operators_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id");--> statement-breakpoint
ALTER TABLE "password_links" ADD CONSTRAINT "password_links_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "portal_accounts" ADD CONSTRAINT "portal_accounts_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_department_departments_name_fkey" FOREIGN KEY ("department") REFERENCES "departments"("name") ON UPDATE CASCADE;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_merged_into_id_contacts_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_main_contact_id_contacts_id_fkey" FOREIGN KEY ("main_contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "group_addresses" ADD CONSTRAINT "group_addresses_group_id_notification_groups_id_fkey" FOREIGN KEY ("group_id") REFERENCES "notification_groups"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "group_contacts" ADD CONSTRAINT "group_contacts_group_id_notification_groups_id_fkey" FOREIGN KEY ("group_id") REFERENCES "notification_groups"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "group_contacts" ADD CONSTRAINT "group_contacts_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "notification_groups" ADD CONSTRAINT "notification_groups_customer_id_customers_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_team_id_teams_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id");--> statement-breakpoint
ALTER TABLE "contact_dismissals" ADD CONSTRAINT "contact_dismissals_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "contact_dismissals" ADD CONSTRAINT "contact_dismissals_other_id_contacts_id_fkey" FOREIGN KEY ("other_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "contact_merges" ADD CONSTRAINT "contact_merges_contact_id_contacts_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "contact_merges" ADD CONSTRAINT "contact_merges_into_id_contacts_id_fkey" FOREIGN KEY ("into_id") REFERENCES "contacts"("id");--> statement-breakpoint
ALTER TABLE "ticket_addresses" ADD CONSTRAINT "ticket_addresses_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "ticket_groups" ADD CONSTRAINT "ticket_groups_ticket_id_tickets_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "tickets"("id");--> statement-breakpoint
ALTER TABLE "ticket_groups" ADD CONSTRAINT "ticket_groups_group_id_notification_groups_id_fkey" FOREIGN KEY ("group_id") REFERENCES "notification_groups"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_assignee_id_operators_id_fkey" FOREIGN KEY ("assignee_id") REFERENCES "operators"("id");--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_team_id_teams_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id");--> statement-breakpoint
ALTER TABLE "contact_addresses" ADD CONSTRAINT "contact_addresses_verified" CHECK ((verified_at is null) = (verified_by is null));--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_user_name_form" CHECK (user_name not like '%@%');--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_picture" CHECK ((picture_sha256 is null) = (picture_type is null));--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_merged_elsewhere" CHECK (merged_into_id <> id);--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD CONSTRAINT "inbound_messages_gone" CHECK (status = 'done' or (raw_gone_at is null and decision_gone_at is null));--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_credential" CHECK ("credential" in ('link', 'password'));--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_secret" CHECK (secret is null or (credential is not null and state in ('queued', 'deferred', 'sending', 'submitting', 'uncertain')));--> statement-breakpoint
ALTER TABLE "contacts" DROP CONSTRAINT "contacts_status", ADD CONSTRAINT "contacts_status" CHECK ("status" in ('active', 'deactivated', 'deactivated_until', 'deleted'));