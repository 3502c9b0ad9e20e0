ALTER TABLE "notifications" ADD COLUMN "alias_hash" bytea;--> statement-breakpoint
CREATE INDEX "notifications_alias" ON "notifications" ("alias_hash") WHERE alias_hash is not null;