-- Raw mail is stored as it is: compressing base64 costs more CPU than it saves, and a mail of 8 KB stays in its row.
ALTER TABLE "blob_chunks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "blob_chunks" SET (toast_tuple_target = 8160);--> statement-breakpoint
-- Rows up to a page stay as they are written: squeezing text of a few KB costs more CPU than the write itself.
ALTER TABLE "notification_mime" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "notification_mime" SET (toast_tuple_target = 8160);--> statement-breakpoint
ALTER TABLE "ticket_entries" SET (toast_tuple_target = 8160);--> statement-breakpoint
ALTER TABLE "decisions" SET (toast_tuple_target = 8160);--> statement-breakpoint
-- A message is updated twice soon after it came: with room in its page the first time costs no index anything.
ALTER TABLE "inbound_messages" SET (fillfactor = 70);--> statement-breakpoint
-- The home of people whose company nobody knows (FEATURES T-03).
INSERT INTO "customers" ("name", "is_unassigned") VALUES ('Unassigned', true);
